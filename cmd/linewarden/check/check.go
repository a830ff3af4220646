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
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/configs"
)

// Cmd is the sub-command.
type Cmd struct {
	Config    string `help:"Configuration file; all that it names is checked as well." type:"path" xor:"what" required:""`
	Inventory string `help:"Directory of an inventory, to check it alone." type:"path" xor:"what" required:""`
}

// Run prints a summary, or returns all that is wrong as one error.
func (c *Cmd) Run(out io.Writer) error {
	if c.Config == "" {
		inv, err := loadInventory(c.Inventory)
		if err != nil {
			return err
		}
		profiles, err := snmp.LoadProfiles(configs.Profiles())
		if err != nil {
			return fmt.Errorf("built-in profiles: %w", err)
		}
		if err := knownProfiles(inv, profiles); err != nil {
			return err
		}
		printInventory(out, c.Inventory, inv)
		printWarnings(out, append(inv.Warnings(), strays(c.Inventory)...))
		return nil
	}
	cfg, err := configs.Load(c.Config)
	if err != nil {
		return err
	}
	return checkAll(out, c.Config, cfg)
}

// checkAll goes through every file, whatever became of the one before.
func checkAll(out io.Writer, path string, cfg *configs.Config) error {
	secrets, secretsErr := cfg.Secrets()
	profiles, profilesErr := loadProfiles(cfg.Collector.SNMP.Profiles)
	policy, policyErr := cfg.Policy()
	if policyErr != nil {
		policyErr = fmt.Errorf("rules for tickets:\n%w", policyErr)
	}
	inv, inventoryErr := loadInventory(cfg.Inventory.Dir)
	errs := []error{secretsErr, profilesErr, policyErr, inventoryErr}
	if inventoryErr == nil && profilesErr == nil {
		errs = append(errs, knownProfiles(inv, profiles))
	}
	if inventoryErr == nil && secretsErr == nil {
		errs = append(errs, knownCredentials(inv, secrets, cfg.SecretsFile))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Fprintf(out, "%-14s %s\n", "configuration", path)
	printInventory(out, cfg.Inventory.Dir, inv)
	switch {
	case cfg.SecretsFile == "":
		fmt.Fprintf(out, "%-14s none: no device can be asked by SNMP\n", "secrets")
	default:
		fmt.Fprintf(out, "%-14s %s, %d SNMP\n", "secrets", cfg.SecretsFile, len(secrets.SNMP))
	}
	fmt.Fprintf(out, "%-14s %s\n", "profiles", strings.Join(profiles.Names(), ", "))
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

// loadProfiles reads the built-in profiles, and over them those of a directory.
func loadProfiles(dir string) (*snmp.Profiles, error) {
	fsys := configs.Profiles()
	if dir != "" {
		fsys = configs.Overlay(os.DirFS(dir), fsys)
	}
	profiles, err := snmp.LoadProfiles(fsys)
	if err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	return profiles, nil
}

// knownProfiles finds devices that name a profile which does not exist.
func knownProfiles(inv *inventory.Inventory, profiles *snmp.Profiles) error {
	var problems inventory.Problems
	for i := range inv.Devices {
		d := &inv.Devices[i]
		if d.Profile != "" && !profiles.Has(d.Profile) {
			problems = append(problems, inventory.Problem{
				File: inventory.DevicesFile, Line: inv.LineOf(inventory.DevicesFile, i), Row: d.ID, Column: "profile",
				Reason: fmt.Sprintf("there is no profile %q; there are %s; leave it empty to choose by the device's sysObjectID",
					d.Profile, strings.Join(profiles.Names(), ", ")),
			})
		}
	}
	if problems != nil {
		return problems
	}
	return nil
}

// knownCredentials finds devices that name a credential which does not exist.
func knownCredentials(inv *inventory.Inventory, secrets *configs.Secrets, file string) error {
	if file == "" {
		file = "a secrets file (the configuration names none: secrets_file)"
	} else {
		file = filepath.Base(file)
	}
	var problems inventory.Problems
	for i := range inv.Devices {
		d := &inv.Devices[i]
		if _, ok := secrets.SNMP[d.Credential]; d.Credential != "" && !ok {
			problems = append(problems, inventory.Problem{
				File: inventory.DevicesFile, Line: inv.LineOf(inventory.DevicesFile, i), Row: d.ID, Column: "credential",
				Reason: fmt.Sprintf("there is no credential %q under snmp in %s", d.Credential, file),
			})
		}
	}
	if problems != nil {
		return problems
	}
	return nil
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
