package snmp

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"

	"github.com/linewarden/linewarden/collector/symptom"
	"github.com/linewarden/linewarden/configs/problem"
)

// shipped loads the profiles that the product ships.
func shipped(t testing.TB) *Profiles {
	t.Helper()
	return profilesOf(t, os.DirFS("../../../configs/profiles"))
}

// profilesOf decodes the profiles of a directory, which must be in order.
func profilesOf(t testing.TB, dir fs.FS) *Profiles {
	t.Helper()
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	list := make([]Profile, len(names))
	for i, name := range names {
		content, err := fs.ReadFile(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		list[i].Name = strings.TrimSuffix(name, ".yaml")
		if err := yaml.UnmarshalWithOptions(content, &list[i], yaml.Strict()); err != nil {
			t.Fatal(err)
		}
	}
	set, wrong := NewProfiles(list)
	if err := problem.Error(wrong); err != nil {
		t.Fatal(err)
	}
	return set
}

func TestShippedProfilesMatchBySysObjectID(t *testing.T) {
	p := shipped(t)
	for _, c := range []struct{ forced, objectID, want string }{
		{"", ".1.3.6.1.4.1.2011.2.224.67", "huawei-vrp"},
		{"", ".1.3.6.1.4.1.8886.6.181", "raisecom-mstp"},
		{"", ".1.3.6.1.4.1.8886.1.3", "raisecom-rcft"},
		{"", ".1.3.6.1.4.1.25506.1.1209", "h3c"},
		{"", ".1.3.6.1.4.1.8072.3.2.10", "generic"},
		{"", ".1.3.6.1.4.1.20110.2.1", "generic"}, // a longer arc is no prefix
		{"", ".1.3.6.1.4.1.8886.60.1", "generic"},
		{"", "", "generic"},
		{"h3c", ".1.3.6.1.4.1.2011.2.1", "h3c"},
	} {
		if got := p.For(c.forced, c.objectID).Name; got != c.want {
			t.Errorf("profile of %q (forced %q) = %s, want %s", c.objectID, c.forced, got, c.want)
		}
	}
}

func TestLongestPrefixWins(t *testing.T) {
	p := profilesOf(t, fstest.MapFS{
		"a.yaml": {Data: []byte("name: a\ndefault: true\nmatch: [1.3.6.1.4.1.9]\n")},
		"b.yaml": {Data: []byte("name: b\nmatch: [1.3.6.1.4.1.9.1.7]\n")},
	})
	if got := p.For("", ".1.3.6.1.4.1.9.1.7.3").Name; got != "b" {
		t.Errorf("got %s, want the longer prefix's b", got)
	}
	if got := p.For("", ".1.3.6.1.4.1.9.1.70").Name; got != "a" {
		t.Errorf("got %s, want a", got)
	}
}

func TestCoverageLeavesOutWhatCanOnlyBeWithdrawn(t *testing.T) {
	covers := shipped(t).For("raisecom-rcft", "").Covers()
	has := map[symptom.Kind]bool{}
	for _, k := range covers {
		has[k] = true
	}
	for _, k := range []symptom.Kind{symptom.LOS, symptom.FarEndMissing, symptom.CustomerPortDown, symptom.LinkDown,
		symptom.Rebooted, symptom.AgentSilent} {
		if !has[k] {
			t.Errorf("rcft does not cover %s", k)
		}
	}
	if has[symptom.PowerFail] {
		t.Error("rcft says it covers power_fail: its polls can only withdraw it")
	}
}

// FuzzProfile judges by whatever a file may declare, which must not panic.
func FuzzProfile(f *testing.F) {
	for _, name := range []string{"generic", "raisecom-rcft", "huawei-vrp"} {
		content, err := os.ReadFile("../../../configs/profiles/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte("name: x\ntables: [{name: t, index: none, columns: [{name: a, oid: 1.3, suffix: '.1', judges: [{kind: " +
		"los, above: [{raise: 1}]}]}]}]"))
	f.Fuzz(func(t *testing.T, content []byte) {
		declared := Profile{Name: "x"}
		if err := yaml.UnmarshalWithOptions(content, &declared, yaml.Strict()); err != nil {
			return
		}
		p, wrong := NewProfiles([]Profile{declared})
		if len(wrong) > 0 {
			return
		}
		profile := p.For("", ".1.3.6.1.4.1.1")
		if profile == nil {
			t.Fatal("a loaded set of profiles has no default")
		}
		target := Target{ID: "d", Ports: map[string]Port{"1/5": {Link: true}}}
		plan := newPlan(&portMap{profile: profile, ifIndex: map[string]string{"1/5": "7"}}, target)
		now := plan.grid()
		for n := range now {
			for c := range now[n] {
				now[n][c] = cell{raw: int64(c) - 2, sent: epoch}
			}
		}
		(&verdicts{target: &target}).judge(plan, now, plan.grid()) // must not panic, whatever was declared
	})
}
