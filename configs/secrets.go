package configs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/configs/secret"
)

// Secrets is the secrets file: how to speak to devices.
type Secrets struct {
	SNMP map[string]Credential `yaml:"snmp"` // by the name in devices.csv, column credential
}

// Credential is one way to speak SNMP.
type Credential struct {
	Version      Version     `yaml:"version"`
	Community    secret.Text `yaml:"community"` // 1, 2c
	User         string      `yaml:"user"`      // 3, and all below
	Auth         string      `yaml:"auth"`
	AuthPassword secret.Text `yaml:"auth_password"`
	Priv         string      `yaml:"priv"`
	PrivPassword secret.Text `yaml:"priv_password"`
	Context      string      `yaml:"context"`
}

// Version is "1", "2c" or "3", with or without quotes in the file.
type Version string

// UnmarshalYAML takes a number for the text that it is.
func (v *Version) UnmarshalYAML(raw []byte) error {
	*v = Version(strings.Trim(strings.TrimSpace(string(raw)), `"'`))
	return nil
}

// The protocols of SNMPv3 that a credential may name.
var (
	authProtocols = []string{"md5", "sha", "sha224", "sha256", "sha384", "sha512"}
	privProtocols = []string{"des", "aes", "aes192", "aes256"}
)

// LoadSecrets reads the secrets file, which nobody but its owner may read.
func LoadSecrets(path string) (*Secrets, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the secrets file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at the secrets file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, Problems{{File: path, Reason: "is not a regular file"}}
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, Problems{{File: path, Reason: fmt.Sprintf(
			"holds secrets, but its mode %04o lets others than its owner at them; run: chmod 600 %s", mode, path)}}
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the secrets file: %w", err)
	}
	return decodeSecrets(path, raw)
}

func decodeSecrets(file string, raw []byte) (*Secrets, error) {
	var s Secrets
	d := decode(file, raw, &s)
	if !d.unlike {
		d.report(s.complete())
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	return &s, nil
}

// complete fills in the versions that follow from the rest, and names what
// cannot work.
func (s *Secrets) complete() []problem.Problem {
	var wrong problem.List
	for _, name := range slices.Sorted(maps.Keys(s.SNMP)) {
		c := s.SNMP[name]
		c.Version = c.spoken()
		s.SNMP[name] = c
		wrong.Under(problem.Join("snmp", name), c.Validate())
	}
	return wrong
}

// spoken is the version, or the one that the other keys belong to.
func (c Credential) spoken() Version {
	switch {
	case c.Version != "":
		return c.Version
	case c.User != "":
		return "3"
	}
	return "2c"
}

// Validate names what cannot work. Secrets are not shown.
func (c Credential) Validate() []problem.Problem {
	var wrong problem.List
	switch c.Version {
	case "1", "2c":
		wrong.Check(c.Community.Set(), "community", "is missing; version %s needs it", c.Version)
		v3 := c.User + c.Auth + c.AuthPassword.Reveal() + c.Priv + c.PrivPassword.Reveal() + c.Context
		wrong.Check(v3 == "", "", "user, auth, priv and context belong to version 3, but the version is %s", c.Version)
	case "3":
		wrong.Under("", c.validateV3())
	default:
		wrong.Add("version", "want 1, 2c or 3, got %q", string(c.Version))
	}
	return wrong
}

func (c Credential) validateV3() []problem.Problem {
	var wrong problem.List
	wrong.Check(!c.Community.Set(), "community", "belongs to versions 1 and 2c, but the version is 3")
	wrong.Check(c.User != "", "user", "is missing; version 3 needs it")
	protocol := func(key, name string, password secret.Text, allowed []string) {
		if name == "" {
			wrong.Check(!password.Set(), key, "is missing beside %s_password; want one of %s", key, strings.Join(allowed, ", "))
			return
		}
		wrong.OneOf(key, name, allowed...)
		long := len(password.Reveal()) >= 8
		wrong.Check(long, key+"_password", "want at least 8 characters (RFC 3414, 11.2)")
	}
	protocol("auth", c.Auth, c.AuthPassword, authProtocols)
	protocol("priv", c.Priv, c.PrivPassword, privProtocols)
	wrong.Check(c.Priv == "" || c.Auth != "", "priv",
		"needs auth as well: SNMPv3 knows no privacy without authentication")
	return wrong
}

// Secrets reads the secrets file that the configuration names; none if it
// names none.
func (c *Config) Secrets() (*Secrets, error) {
	if c.SecretsFile == "" {
		return &Secrets{}, nil
	}
	s, err := LoadSecrets(c.SecretsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Problems{{File: c.SecretsFile, Reason: "does not exist; the configuration (secrets_file) or " +
			EnvSecretsFile + " names it"}}
	}
	return s, err
}
