package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/linewarden/linewarden/configs"
)

type healthCmd struct {
	Config string `required:"" help:"Configuration file of the daemon." type:"path"`
}

// Run asks /readyz and fails unless the daemon is ready.
func (c *healthCmd) Run(ctx context.Context, out io.Writer) error {
	cfg, err := configs.Load(c.Config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(cfg.Listen)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the daemon at %s: %w", cfg.Listen, err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(out, io.LimitReader(resp.Body, 1<<16)); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready")
	}
	return nil
}

// reachable is an address to dial for one that was listened on.
func reachable(listen string) string {
	for _, any := range []string{"0.0.0.0:", "[::]:", ":"} {
		if rest, ok := strings.CutPrefix(listen, any); ok {
			return "127.0.0.1:" + rest
		}
	}
	return listen
}
