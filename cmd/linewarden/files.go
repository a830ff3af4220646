package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/linewarden/linewarden/cmd/linewarden/check"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

func has(cfg *configs.Config, role string) bool { return slices.Contains(cfg.Roles, role) }

func utcNow() time.Time { return time.Now().UTC() }

// files is what is read before anything is opened, so that all that can be
// wrong with files is found first.
type files struct {
	policy    ticket.Policy
	kit       check.Kit
	inventory edition // only where this process publishes it
}

func readFiles(cfg *configs.Config) (files, error) {
	policy, err := cfg.Policy()
	if err != nil {
		return files{}, fmt.Errorf("rules for tickets:\n%w", err)
	}
	kit, err := check.KitOf(cfg)
	if err != nil {
		return files{}, err
	}
	f := files{policy: policy, kit: kit}
	if has(cfg, configs.RoleTicketing) {
		f.inventory, err = readEdition(cfg.Inventory.Dir, kit.Fits)
	}
	return f, err
}
