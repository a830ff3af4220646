package bad

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/linewarden/linewarden/cmd/linewarden/e2e/kit"
)

// Both `check` and `serve` refuse each of these, and say where it is wrong.
func TestBadFiles(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*site)
		want  []string
	}{
		{"an unknown key in the configuration, with the one that may be meant",
			func(s *site) { s.Append("linewarden.yaml", "collector:\n  intervalls: {AAA: 1s}\n") },
			[]string{"linewarden.yaml:7:", "collector.intervalls", `"intervals"`}},
		{"a value of another kind",
			func(s *site) { s.Append("linewarden.yaml", "collector:\n  timeout: soon\n") },
			[]string{"linewarden.yaml:7:", "collector.timeout", "soon"}},
		{"a value out of its range",
			func(s *site) { s.Append("linewarden.yaml", "collector: {snmp: {interval: 1s}}\n") },
			[]string{"linewarden.yaml", "collector.snmp.interval", "5s"}},
		{"YAML that is none",
			func(s *site) { s.Append("linewarden.yaml", "collector: {{\n") },
			[]string{"linewarden.yaml:"}},
		{"no configuration at all",
			func(s *site) { s.must(os.Remove(s.path("linewarden.yaml"))) },
			[]string{"linewarden.yaml", "no such file"}},
		{"a missing column",
			func(s *site) { s.Write("inventory/customers.csv", "id,name\nCU-1,甲\nCU-2,乙\n") },
			[]string{"customers.csv:1:", "column grade"}},
		{"a column that nobody knows",
			func(s *site) {
				s.Write("inventory/links.csv",
					"id,a,z,layer,cabel\nLK-1,CR-1/lo,CPE-1/wan,tail,X\nLK-2,CR-1/GE2,CPE-2/wan,tail,X\n")
			},
			[]string{"links.csv:1:", "cabel"}},
		{"a link to a device that does not exist",
			func(s *site) { s.Replace("inventory/links.csv", "CPE-2/wan", "CPE-9/wan") },
			[]string{"links.csv:3:", "column z", "CPE-9"}},
		{"the same id twice, with both places",
			func(s *site) {
				s.Append("inventory/devices.csv", "CPE-1,又一个,cpe,CS-2,premises,data,127.0.1.9,\n")
			},
			[]string{"devices.csv:5:", "column id", "devices.csv:3"}},
		{"a word that is not one of those allowed",
			func(s *site) { s.Replace("inventory/lines.csv", "LN-2,CU-2,internet,AAA", "LN-2,CU-2,internet,AAAA") },
			[]string{"lines.csv:3:", "column grade", "AAAA"}},
		{"an address that is none",
			func(s *site) { s.Replace("inventory/devices.csv", "127.0.1.3", "127.0.1.333") },
			[]string{"devices.csv:4:", "column address", "127.0.1.333"}},
		{"several rows at once, each with its place",
			func(s *site) {
				s.Replace("inventory/links.csv", "CPE-2/wan", "CPE-9/wan")
				s.Replace("inventory/lines.csv", "LN-1,CU-1", "LN-1,CU-9")
			},
			[]string{"links.csv:3:", "CPE-9", "lines.csv:2:", "CU-9"}},
		{"a file that must be there and is not",
			func(s *site) { s.must(os.Remove(s.path("inventory/lines.csv"))) },
			[]string{"lines.csv", "missing"}},
		{"a directory in a file's place",
			func(s *site) {
				s.must(os.Remove(s.path("inventory/links.csv")))
				s.must(os.Mkdir(s.path("inventory/links.csv"), 0o755))
			},
			[]string{"links.csv", "is a directory"}},
		{"no inventory at all",
			func(s *site) { s.must(os.RemoveAll(s.path("inventory"))) },
			[]string{"inventory", "directory"}},
		{"bytes that are no text",
			func(s *site) { s.Write("inventory/sites.csv", "id,name,kind\n\x00\x01\x02\xff\n") },
			[]string{"sites.csv", "line 2"}},
		{"secrets that anybody can read",
			func(s *site) { s.must(os.Chmod(s.path("secrets.yaml"), 0o644)) },
			[]string{"secrets.yaml", "chmod 600"}},
		{"an unknown key in the secrets",
			func(s *site) { s.Write("secrets.yaml", "snmp:\n  core: {version: 2c, comunity: right}\n") },
			[]string{"secrets.yaml:2:", "comunity"}},
		{"a credential that is not in the secrets",
			func(s *site) { s.Replace("inventory/devices.csv", "127.0.1.1,core", "127.0.1.1,kern") },
			[]string{"devices.csv:2:", "column credential", "kern", "secrets.yaml"}},
		{"a profile that does not exist",
			func(s *site) {
				s.Replace("inventory/devices.csv", ",credential\n", ",profile\n")
				s.Replace("inventory/devices.csv", "127.0.1.1,core", "127.0.1.1,huawey")
			},
			[]string{"devices.csv:2:", "column profile", "huawey", "huawei-vrp"}},
		{"a version of SNMP that is not spoken",
			func(s *site) {
				s.Write("secrets.yaml", "snmp:\n  core: {user: noc, auth: sha, auth_password: hunter2hunter2}\n")
			},
			[]string{"secrets.yaml", "snmp.core", "version 3"}},
		{"a configuration in UTF-16",
			func(s *site) { s.Write("linewarden.yaml", "\xff\xfel\x00i\x00s\x00t\x00e\x00n\x00") },
			[]string{"linewarden.yaml", "UTF-16"}},
		{"a role alone on a bus that nobody else reaches",
			func(s *site) { s.Append("linewarden.yaml", "roles: [collector]\n") },
			[]string{"linewarden.yaml:6:", "roles", "bus.url"}},
		{"credentials of the bus that are not there",
			func(s *site) {
				s.Append("linewarden.yaml", "bus: {url: \"nats://127.0.0.1:1\", credentials: noc.creds}\n")
			},
			[]string{"noc.creds", "no such file"}},
		{"rules for tickets that lead nowhere",
			func(s *site) {
				s.Write("rules/routing.yaml", "support: support\nmonitor: monitor\nrules:\n  - {group: nobody, reason: x}\n")
			},
			[]string{"routing.yaml", "nobody"}},
		{"a profile that is none",
			func(s *site) {
				s.Append("linewarden.yaml", "collector: {snmp: {profiles: profiles}}\n")
				s.Write("profiles/acme.yaml", "name: acme\ntables:\n  - {name: x, index: wrong}\n")
			},
			[]string{"acme.yaml"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			test.spoil(s)
			for _, command := range []string{"check", "serve"} {
				t.Run(command, func(t *testing.T) {
					said, code := s.Run(command)
					refused(t, said, code, test.want...)
				})
			}
		})
	}
}

// The good files are good: otherwise the refusals above would prove nothing.
func TestBadFilesAreOtherwiseWell(t *testing.T) {
	s := newSite(t)
	if said, code := s.Run("check"); code != 0 {
		t.Fatalf("exit status %d:\n%s", code, said)
	}
}

// A file that the daemon's user may not read. Root may read everything, so
// that root runs it as nobody.
func TestBadFileUnreadable(t *testing.T) {
	for _, file := range []string{"inventory/links.csv", "secrets.yaml", "linewarden.yaml"} {
		t.Run(file, func(t *testing.T) {
			s := newSite(t)
			var as *syscall.SysProcAttr
			if os.Geteuid() == 0 {
				const nobody = 65534
				as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				for dir := s.dir; dir != os.TempDir(); dir = filepath.Dir(dir) {
					s.must(os.Chmod(dir, 0o755))
				}
				s.must(filepath.WalkDir(s.dir, func(path string, _ os.DirEntry, err error) error {
					if err != nil {
						return err
					}
					return os.Chown(path, nobody, nobody)
				}))
			}
			s.must(os.Chmod(s.path(file), 0))
			for _, command := range []string{"check", "serve"} {
				cmd := exec.CommandContext(t.Context(), kit.Bin("linewarden"), command, "--config", s.path("linewarden.yaml"))
				cmd.SysProcAttr, cmd.Dir = as, s.dir
				said, code := s.finish(cmd)
				refused(t, said, code, filepath.Base(file), "permission denied")
			}
		})
	}
}

// Mistakes on the command line are another exit status, and show how it goes.
func TestBadCommandLine(t *testing.T) {
	for _, args := range [][]string{{"serv"}, {"serve"}, {"serve", "--nonsense"}} {
		out, err := exec.CommandContext(t.Context(), kit.Bin("linewarden"), args...).CombinedOutput()
		if code := err.(*exec.ExitError).ExitCode(); code != 2 {
			t.Errorf("linewarden %v: exit status %d, want 2: %s", args, code, out)
		}
	}
}
