package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/linewarden/linewarden/configs"
)

type serveCmd struct {
	Config string   `required:"" help:"Configuration file." type:"path"`
	Roles  []string `help:"What this process does: collector, correlator, ticketing; default: as the file says."`
}

// Run runs the daemon until it is told to stop. SIGHUP reads the inventory and
// the rules for tickets anew; what is wrong with them is said and changes nothing.
func (c *serveCmd) Run(ctx context.Context, out io.Writer) error {
	cfg, err := configs.Load(c.Config)
	if err != nil {
		return err
	}
	if len(c.Roles) > 0 {
		for _, r := range c.Roles {
			if !slices.Contains(configs.Roles(), r) {
				return usage{fmt.Errorf("--roles: want collector, correlator or ticketing, got %q", r)}
			}
		}
		cfg.Roles = c.Roles
		if err := cfg.Together(); err != nil {
			return fmt.Errorf("--roles: %w", err)
		}
	}
	log, err := newLog(cfg.Log)
	if err != nil {
		return err
	}
	defer log.Sync()
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("make data_dir: %w", err)
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	log.Info("starting", zap.String("version", version), zap.Strings("roles", cfg.Roles), zap.String("config", c.Config))
	err = daemon(ctx, cfg, reload, out, log)
	if err != nil {
		log.Error("stopped", zap.Error(err))
		return err
	}
	log.Info("stopped")
	return nil
}

func newLog(cfg configs.Log) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(cfg.Level)
	if err != nil {
		return nil, err
	}
	c := zap.NewProductionConfig()
	c.Level = zap.NewAtomicLevelAt(level)
	c.EncoderConfig.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	c.EncoderConfig.TimeKey = "time"
	c.DisableStacktrace = true
	if cfg.Format == "console" {
		c.Encoding = "console"
		c.EncoderConfig.EncodeLevel = zapcore.CapitalLevelEncoder
	}
	log, err := c.Build()
	if err != nil {
		return nil, fmt.Errorf("set up the log: %w", err)
	}
	if strings.EqualFold(cfg.Format, "console") {
		return log.WithOptions(zap.WithCaller(false)), nil
	}
	return log, nil
}
