// Package check is `linewarden check`: it reads everything that the daemon
// would read and says what is wrong with it, or what there is. It connects to
// nothing and changes nothing.
package check

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/configs"
	"github.com/linewarden/linewarden/ticketing/ticket"
)

// Cmd is the sub-command.
type Cmd struct {
	Config    string `help:"Configuration file; all that it names is checked as well. This or --inventory." type:"path" xor:"what" required:""`
	Inventory string `help:"Directory of an inventory, to check it alone." type:"path" xor:"what" required:""`
}

// Run prints a summary, or returns all that is wrong as one error.
func (c *Cmd) Run(out io.Writer) error {
	if c.Config == "" {
		inv, err := loadInventory(c.Inventory)
		if err != nil {
			return err
		}
		profiles, err := configs.LoadProfiles("")
		if err != nil {
			return err
		}
		if err := knownProfiles(inv, profiles); err != nil {
			return inventoryError(c.Inventory, err)
		}
		printInventory(out, c.Inventory, inv)
		printWarnings(out, append(inv.Warnings(), strays(c.Inventory)...))
		return nil
	}
	cfg, err := configs.Load(c.Config)
	switch {
	case cfg == nil:
		return err
	case err != nil:
		_, _, _, others := read(cfg)
		return errors.Join(err, others)
	}
	return checkAll(out, c.Config, cfg)
}

// read goes through every file that the configuration names, whatever became of
// the one before. What one says of another is not looked at.
func read(cfg *configs.Config) (Kit, ticket.Policy, *inventory.Inventory, error) {
	kit, kitErr := KitOf(cfg)
	policy, policyErr := cfg.Policy()
	if policyErr != nil {
		policyErr = fmt.Errorf("rules for tickets:\n%w", policyErr)
	}
	inv, inventoryErr := loadInventory(cfg.Inventory.Dir)
	credentialsErr := readable("bus.credentials", cfg.Bus.Credentials)
	return kit, policy, inv, errors.Join(credentialsErr, kitErr, policyErr, inventoryErr)
}

// checkAll prints what there is, unless something is wrong.
func checkAll(out io.Writer, path string, cfg *configs.Config) error {
	kit, policy, inv, err := read(cfg)
	if inv != nil {
		err = errors.Join(err, kit.Fits(inv))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-14s %s\n", "configuration", path)
	printInventory(out, cfg.Inventory.Dir, inv)
	switch {
	case !kit.collects:
	case cfg.SecretsFile == "":
		fmt.Fprintf(out, "%-14s none: no device can be asked by SNMP\n", "secrets")
	default:
		fmt.Fprintf(out, "%-14s %s, %d SNMP\n", "secrets", cfg.SecretsFile, len(kit.Secrets.SNMP))
	}
	if kit.collects {
		fmt.Fprintf(out, "%-14s %s\n", "profiles", strings.Join(kit.Profiles.Names(), ", "))
	}
	var workflows []string
	for _, w := range policy.Workflows {
		workflows = append(workflows, w.Name)
	}
	fmt.Fprintf(out, "%-14s workflow %s, %d clocks, %d routing rules, %d groups, revision %s\n", "tickets",
		strings.Join(workflows, ", "), len(policy.SLA.Clocks), len(policy.Routing.Rules), len(policy.Groups), policy.Rev)
	warnings := append(inv.Warnings(), strays(cfg.Inventory.Dir)...)
	if w, exposed := exposed(path, cfg); exposed {
		warnings = append(warnings, w)
	}
	if w, alone := leaseAlone(path, cfg); alone {
		warnings = append(warnings, w)
	}
	printWarnings(out, warnings)
	return nil
}

func loadInventory(dir string) (*inventory.Inventory, error) {
	if info, err := os.Stat(dir); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("inventory %s: the directory does not exist", dir)
		}
		return nil, fmt.Errorf("inventory: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("inventory %s: is a file; name the directory that holds customers.csv and the others", dir)
	}
	inv, err := inventory.Load(os.DirFS(dir))
	if err != nil {
		return nil, inventoryError(dir, err)
	}
	return inv, nil
}

func inventoryError(dir string, err error) error {
	var problems inventory.Problems
	if errors.As(err, &problems) && len(problems) > 1 {
		return fmt.Errorf("inventory %s: %d problems\n%w", dir, len(problems), err)
	}
	return fmt.Errorf("inventory %s:\n%w", dir, err)
}

// readable tells why a file that the configuration names cannot be read.
func readable(key, path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return f.Close()
}

// strays finds CSV files that nobody reads, such as a misspelt "riks.csv".
func strays(dir string) []inventory.Problem {
	var found []inventory.Problem
	names, _ := filepath.Glob(filepath.Join(dir, "*.[cC][sS][vV]")) // the pattern is well-formed
	for _, path := range names {
		if name := filepath.Base(path); !slices.Contains(inventory.Files(), name) {
			found = append(found, inventory.Problem{File: name, Reason: "is not read; the files of an inventory are " + strings.Join(inventory.Files(), ", ")})
		}
	}
	return found
}

// exposed warns of passwords in a configuration that everybody may read.
func exposed(path string, cfg *configs.Config) (inventory.Problem, bool) {
	secret := os.Getenv(configs.EnvPostgres) == "" && cfg.Store.Postgres.Set() ||
		os.Getenv(configs.EnvMailPassword) == "" && cfg.Notify.Email.Password.Set() ||
		len(cfg.Collector.Trap.Communities) > 0
	for _, w := range cfg.Notify.Webhooks {
		secret = secret || w.Secret.Set()
	}
	info, err := os.Stat(path)
	if err != nil || !secret || info.Mode().Perm()&0o004 == 0 {
		return inventory.Problem{}, false
	}
	return inventory.Problem{File: path, Reason: fmt.Sprintf("holds secrets, and everybody may read it (mode %04o); run: chmod 600 %s", info.Mode().Perm(), path)}, true
}

// leaseAlone warns of a correlator whose lease nobody else can see.
func leaseAlone(path string, cfg *configs.Config) (inventory.Problem, bool) {
	apart := slices.Contains(cfg.Roles, configs.RoleCorrelator) != slices.Contains(cfg.Roles, configs.RoleTicketing)
	if !apart || cfg.Store.Postgres.Set() {
		return inventory.Problem{}, false
	}
	return inventory.Problem{File: path, Reason: "correlator and ticketing are apart without store.postgres: a second correlator would not know of this one, and both would lead"}, true
}
