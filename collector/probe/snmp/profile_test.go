package snmp

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/linewarden/linewarden/collector/symptom"
)

// shipped loads the profiles that the product ships.
func shipped(t testing.TB) *Profiles {
	t.Helper()
	p, err := LoadProfiles(os.DirFS("../../../configs/profiles"))
	if err != nil {
		t.Fatal(err)
	}
	return p
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
	p, err := LoadProfiles(fstest.MapFS{
		"a.yaml": {Data: []byte("name: a\ndefault: true\nmatch: [1.3.6.1.4.1.9]\n")},
		"b.yaml": {Data: []byte("name: b\nmatch: [1.3.6.1.4.1.9.1.7]\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
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
	for _, k := range []symptom.Kind{symptom.LOS, symptom.FarEndMissing, symptom.CustomerPortDown, symptom.LinkDown, symptom.Rebooted, symptom.AgentSilent} {
		if !has[k] {
			t.Errorf("rcft does not cover %s", k)
		}
	}
	if has[symptom.PowerFail] {
		t.Error("rcft says it covers power_fail: its polls can only withdraw it")
	}
}

func TestBadProfilesNameFileLineAndReason(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"an unknown key":           {"name: x\ndefault: true\ncolour: red\n", `x.yaml: [3:1] unknown field "colour"`},
		"a bad OID":                {"name: x\ndefault: true\nmatch:\n  - 1.3.six\n", `x.yaml:4: "1.3.six" is not an OID`},
		"an unknown kind":          {"name: x\ndefault: true\nports: {names: [1.3.1]}\ntables:\n  - name: t\n    columns:\n      - name: c\n        oid: 1.3.6\n        judges:\n          - kind: gone\n            normal: [1]\n", `x.yaml:10: "gone" is not a kind of symptom`},
		"values and limits":        {"name: x\ndefault: true\nports: {names: [1.3.1]}\ntables:\n  - name: t\n    columns:\n      - name: c\n        oid: 1.3.6\n        judges:\n          - kind: los\n            normal: [1]\n            below: [{raise: 1, clear: 2}]\n", `either values (normal, abnormal) or limits`},
		"a crossed hysteresis":     {"name: x\ndefault: true\nports: {names: [1.3.1]}\ntables:\n  - name: t\n    columns:\n      - name: c\n        oid: 1.3.6\n        judges:\n          - kind: los\n            below: [{raise: -20, clear: -25}]\n", `clear -25 is under raise -20`},
		"a missing column":         {"name: x\ndefault: true\nports: {names: [1.3.1]}\ntables:\n  - name: t\n    columns:\n      - name: c\n        oid: 1.3.6\n        judges:\n          - {kind: los, normal: [1], needs: {other: [1]}}\n", `there is no column other`},
		"a missing include":        {"name: x\ndefault: true\ninclude: [nowhere]\n", `include "nowhere": there is no such profile`},
		"itself included":          {"name: x\ndefault: true\ninclude: [x]\n", `goes round in circles`},
		"no default":               {"name: x\n", "`default: true`"},
		"a trap that says nothing": {"name: x\ndefault: true\ntraps:\n  - {oid: 1.3.6.1, kind: los, subject: device}\n", "either `says` what it means or has values"},
		"not YAML":                 {"name: [x\n", "x.yaml: [1:7]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadProfiles(fstest.MapFS{"x.yaml": {Data: []byte(c.file)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant something with %q", err, c.want)
			}
		})
	}
}

func FuzzDecodeProfile(f *testing.F) {
	for _, name := range []string{"generic", "raisecom-rcft", "huawei-vrp"} {
		content, err := os.ReadFile("../../../configs/profiles/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte("name: x\ntables: [{name: t, index: none, columns: [{name: a, oid: 1.3, suffix: '.1', judges: [{kind: los, above: [{raise: 1}]}]}]}]"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := LoadProfiles(fstest.MapFS{"x.yaml": {Data: content}})
		if err != nil {
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
