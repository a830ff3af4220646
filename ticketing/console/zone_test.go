package console

import (
	"testing"
	"time"
)

// TestTimesAreThoseOfTheCarriersWall shows moments under policies of several
// zones, among them one whose clocks change.
func TestTimesAreThoseOfTheCarriersWall(t *testing.T) {
	at := func(s string) time.Time {
		t.Helper()
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct{ zone, now, at, when, full string }{
		{"Asia/Shanghai", "2026-11-30T17:00:00Z", "2026-11-30T16:30:00Z", "00:30:00", "2026-12-01 00:30:00"},
		{"Europe/Berlin", "2026-07-01T10:00:00Z", "2026-07-01T09:00:00Z", "11:00:00", "2026-07-01 11:00:00"},
		{"Europe/Berlin", "2026-12-01T10:00:00Z", "2026-07-01T09:00:00Z", "07-01 11:00:00", "2026-07-01 11:00:00"},
		{"Europe/Berlin", "2026-12-01T10:00:00Z", "2026-12-01T09:00:00Z", "10:00:00", "2026-12-01 10:00:00"},
		{"America/Bogota", "2027-01-01T10:00:00Z", "2027-01-01T04:00:00Z", "2026-12-31 23:00:00", "2026-12-31 23:00:00"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		p := &pages{now: func() time.Time { return at(c.now) }, zone: func() *time.Location { return zone }}
		if got := (speaker{p, "en"}).when(at(c.at)); got != c.when {
			t.Errorf("%s: at %s, %s is called %s, want %s", c.zone, c.now, c.at, got, c.when)
		}
		if got := p.clockTime(at(c.at)); got != c.full {
			t.Errorf("%s: %s is %s in full, want %s", c.zone, c.at, got, c.full)
		}
	}
}
