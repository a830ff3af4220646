package check

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/collector/inventory"
	"github.com/linewarden/linewarden/collector/probe/snmp"
	"github.com/linewarden/linewarden/configs"
)

// Kit is what a collector needs besides its inventory, from files. In a
// process that does not collect there is nothing in it, and all fits.
type Kit struct {
	Profiles *snmp.Profiles
	Secrets  *configs.Secrets

	collects bool
	file     string // of the secrets
}

// KitOf reads the files that the configuration names.
func KitOf(cfg *configs.Config) (Kit, error) {
	if !slices.Contains(cfg.Roles, configs.RoleCollector) {
		return Kit{Secrets: &configs.Secrets{}}, nil
	}
	k := Kit{collects: true, file: cfg.SecretsFile}
	var secretsErr, profilesErr error
	k.Secrets, secretsErr = cfg.Secrets()
	k.Profiles, profilesErr = configs.LoadProfiles(cfg.Collector.Profiles)
	if secretsErr == nil {
		secretsErr = k.spoken()
	}
	return k, errors.Join(secretsErr, profilesErr)
}

// Fits tells what of an inventory this collector could not work with. What
// could not be read is not held against the inventory.
func (k Kit) Fits(inv *inventory.Inventory) error {
	if !k.collects {
		return nil
	}
	var problems, more inventory.Problems
	if k.Profiles != nil && errors.As(knownProfiles(inv, k.Profiles), &more) {
		problems = append(problems, more...)
	}
	if k.Secrets != nil && errors.As(knownCredentials(inv, k.Secrets, k.file), &more) {
		problems = append(problems, more...)
	}
	if problems != nil {
		return problems
	}
	return nil
}

// Credentials are the secrets as the collector wants them.
func (k Kit) Credentials() map[string]snmp.Credential {
	all := make(map[string]snmp.Credential, len(k.Secrets.SNMP))
	for name, c := range k.Secrets.SNMP {
		all[name] = snmp.Credential{Version: string(c.Version), Community: c.Community.Reveal()}
	}
	return all
}

// spoken tells which credentials are of a version that the poller does not
// speak yet.
func (k Kit) spoken() error {
	var problems configs.Problems
	for _, name := range slices.Sorted(maps.Keys(k.Secrets.SNMP)) {
		if k.Secrets.SNMP[name].Version == "3" {
			problems = append(problems, configs.Problem{File: k.file, Path: "snmp." + name, Reason: "version 3 is not spoken yet; use 2c"})
		}
	}
	if problems != nil {
		return problems
	}
	return nil
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
