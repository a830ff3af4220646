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
		for _, name := range slices.Sorted(maps.Keys(s.SNMP)) {
			s.SNMP[name] = s.SNMP[name].check(d, "snmp."+name)
		}
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	return &s, nil
}

// check gives the credential with its defaults filled in.
func (c Credential) check(d *document, at string) Credential {
	if c.Version == "" {
		c.Version = "2c"
		if c.User != "" {
			c.Version = "3"
		}
	}
	switch c.Version {
	case "1", "2c":
		if !c.Community.Set() {
			d.wrong(at+".community", "is missing; version %s needs it", c.Version)
		}
		if c.User != "" || c.Auth != "" || c.AuthPassword.Set() || c.Priv != "" || c.PrivPassword.Set() || c.Context != "" {
			d.wrong(at, "user, auth, priv and context belong to version 3, but the version is %s", c.Version)
		}
	case "3":
		c.checkV3(d, at)
	default:
		d.wrong(at+".version", "want 1, 2c or 3, got %q", string(c.Version))
	}
	return c
}

func (c Credential) checkV3(d *document, at string) {
	if c.Community.Set() {
		d.wrong(at+".community", "belongs to versions 1 and 2c, but the version is 3")
	}
	if c.User == "" {
		d.wrong(at+".user", "is missing; version 3 needs it")
	}
	protocol := func(key, name string, password secret.Text, allowed []string) {
		if name == "" {
			if password.Set() {
				d.wrong(at+"."+key, "is missing beside %s_password; want one of %s", key, strings.Join(allowed, ", "))
			}
			return
		}
		d.oneOf(at+"."+key, name, allowed...)
		if len(password.Reveal()) < 8 {
			d.wrong(at+"."+key+"_password", "want at least 8 characters (RFC 3414, 11.2)")
		}
	}
	protocol("auth", c.Auth, c.AuthPassword, authProtocols)
	protocol("priv", c.Priv, c.PrivPassword, privProtocols)
	if c.Priv != "" && c.Auth == "" {
		d.wrong(at+".priv", "needs auth as well: SNMPv3 knows no privacy without authentication")
	}
}

// Secrets reads the secrets file that the configuration names; none if it
// names none.
func (c *Config) Secrets() (*Secrets, error) {
	if c.SecretsFile == "" {
		return &Secrets{}, nil
	}
	s, err := LoadSecrets(c.SecretsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Problems{{File: c.SecretsFile, Reason: "does not exist; the configuration (secrets_file) or " + EnvSecretsFile + " names it"}}
	}
	return s, err
}
