package sla_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/configs/problem"
	"github.com/linewarden/linewarden/ticketing/sla"
)

// china is the calendar that ships with the product, under a short name.
func china(t testing.TB) sla.Calendar {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "configs", "ticketing", "calendar-cn.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var c sla.Calendar
	if err := yaml.UnmarshalWithOptions(raw, &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Hours(nil); err != nil {
		t.Fatal(err)
	}
	c.Name = "cn"
	return c
}

func local(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("", 8*3600))
	if err != nil {
		panic(err)
	}
	return t
}

func TestWorkingDays(t *testing.T) {
	cal := compiled(sla.Rules{}, china(t)).Hours("cn")
	for _, c := range []struct {
		why, from string
		days      int
		until     string
	}{
		{"a Wednesday and one working day", "2026-11-18 10:00", 1, "2026-11-19 10:00"},
		{"a weekend does not count", "2026-11-20 15:00", 1, "2026-11-23 15:00"},
		{"on a Saturday it begins on Monday", "2026-11-21 15:00", 1, "2026-11-24 00:00"},
		{"the Spring Festival, and a Saturday that is worked before it", "2026-02-13 12:00", 2, "2026-02-24 12:00"},
		{"a Sunday that is worked for the New Year", "2026-01-03 12:00", 1, "2026-01-05 00:00"},
		{"the National Day of 2025 is eight days", "2025-09-30 18:00", 1, "2025-10-09 18:00"},
		{"and a Saturday is worked for it", "2025-10-10 09:00", 1, "2025-10-11 09:00"},
		{"across a year", "2025-12-31 12:00", 1, "2026-01-04 12:00"},
	} {
		t.Run(c.why, func(t *testing.T) {
			got := cal.Add(local(c.from), time.Duration(c.days)*24*time.Hour)
			// Midnight is both the end of one day and the beginning of the next.
			if want := local(c.until); !got.Equal(want) {
				t.Errorf("%d working days from %s: %s, want %s", c.days, c.from, got.In(want.Location()), want)
			}
			if back := cal.Between(local(c.from), got); back != time.Duration(c.days)*24*time.Hour {
				t.Errorf("and back: %s", back)
			}
		})
	}
}

func TestAYearThatIsNotCovered(t *testing.T) {
	cal := compiled(sla.Rules{}, china(t)).Hours("cn")
	for _, c := range []struct {
		why, at string
		year    int
		missing bool
	}{
		{"in October nobody needs the next year yet", "2026-10-31 23:59", 0, false},
		{"from 1 November on it is missing", "2026-11-01 00:00", 2027, true},
		{"in the year itself it is missing too", "2027-03-01 00:00", 2027, true},
		{"in 2025 the next year is there", "2025-12-01 00:00", 0, false},
	} {
		if year, missing := cal.Missing(local(c.at)); year != c.year || missing != c.missing {
			t.Errorf("%s: got %d, %v", c.why, year, missing)
		}
	}
	var ledger sla.Ledger
	cals := compiled(sla.Rules{}, china(t))
	now := local("2026-12-30 12:00")
	if err := ledger.Write(cals, now, sla.Entry{Clock: sla.Report, Kind: sla.Start, Budget: 72 * time.Hour, Calendar: "cn"}); err != nil {
		t.Fatal(err)
	}
	c, _ := ledger.Clock(sla.Report)
	if !c.Provisional || !c.Due.Equal(local("2027-01-04 12:00")) {
		t.Errorf("plain weekdays, and provisional: %v %v", c.Due.In(now.Location()), c.Provisional)
	}
}

func TestCalendarsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(*sla.Calendar)
	}{
		{"[0].name: a calendar without a name", func(c *sla.Calendar) { c.Name = "" }},
		{"[0].utc_offset: \"China\" is not like +08:00", func(c *sla.Calendar) { c.UTCOffset = "China" }},
		{`[0].from: "8am" is not a time of day`, func(c *sla.Calendar) { c.From = "8am" }},
		{`[0].to: to "09:00" is not after from`, func(c *sla.Calendar) { c.From, c.To = "18:00", "09:00" }},
		{`[0].weekdays[0]: "monday" is none of`, func(c *sla.Calendar) { c.Weekdays = []string{"monday"} }},
		{"[0].weekdays: none", func(c *sla.Calendar) { c.Weekdays = nil }},
		{"].year: year 2025 is there twice", func(c *sla.Calendar) { c.Years = append(c.Years, c.Years[0]) }},
		{`[0].years[0].off[0]: "2025-02-30" is not a date`, func(c *sla.Calendar) { c.Years[0].Off = []string{"2025-02-30"} }},
		{`[0].years[0].off[0]: "2024-02-03" is not in that year`, func(c *sla.Calendar) { c.Years[0].Off = []string{"2024-02-03"} }},
		{`[0].years[0].off[0]: "2025-02-03..2025-02-01" is not a range`, func(c *sla.Calendar) { c.Years[0].Off = []string{"2025-02-03..2025-02-01"} }},
		{`[0].years[0].work[0]: `, func(c *sla.Calendar) { c.Years[0].Work = c.Years[0].Off[:1] }},
	} {
		cal := china(t)
		c.spoil(&cal)
		_, wrong := sla.Compile(sla.Rules{}, []sla.Calendar{cal}, nil)
		if err := problem.Error(wrong); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want it to say %q", err, c.want)
		}
	}
}

func TestOfficeHours(t *testing.T) {
	cal := sla.Calendar{Name: "office", UTCOffset: "+08:00", Weekdays: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:30", To: "17:30"}
	h, err := cal.Hours(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := h.Add(local("2026-11-20 17:00"), time.Hour), local("2026-11-23 09:00"); !got.Equal(want) {
		t.Errorf("an hour from Friday 17:00 ends %s, want %s", got, want)
	}
	if got := h.Between(local("2026-11-20 17:00"), local("2026-11-23 09:00")); got != time.Hour {
		t.Errorf("between them count %s", got)
	}
}

func TestAddAndBetweenAgree(t *testing.T) {
	for _, cal := range []sla.Calendar{china(t), {Name: "24x7", Always: true},
		{Name: "office", UTCOffset: "+08:00", Weekdays: []string{"tue", "sat"}, From: "09:15", To: "10:45"},
		{Name: "berlin", Zone: "Europe/Berlin", Weekdays: []string{"sat", "sun"}, From: "01:00", To: "04:15"},
		{Name: "santiago", Zone: "America/Santiago", Weekdays: []string{"sat", "sun"}}} {
		h, err := cal.Hours(time.LoadLocation)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(rt *rapid.T) {
			a := t0.Add(time.Duration(rapid.Int64Range(0, 400*24*3600).Draw(rt, "a")) * time.Second)
			d := time.Duration(rapid.Int64Range(0, 20*24*3600).Draw(rt, "d")) * time.Second
			b := h.Add(a, d)
			if got := h.Between(a, b); got != d {
				rt.Fatalf("%s after %s is %s, between them %s", d, a, b, got)
			}
			if d > 0 && h.Between(a, b.Add(-time.Microsecond)) >= d {
				rt.Fatalf("%s is not the first moment", b)
			}
			mid := a.Add(time.Duration(rapid.Int64Range(0, int64(b.Sub(a))).Draw(rt, "mid")))
			if h.Between(a, mid)+h.Between(mid, b) != d {
				rt.Fatal("parts do not add up")
			}
		})
	}
}

// TestZones says what an hour and a day are where the clocks change and where
// they do not.
func TestZones(t *testing.T) {
	everyDay := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	for _, c := range []struct {
		why      string
		zone     string
		from, to string
		start    string
		counts   time.Duration
		until    string
	}{
		{"office hours on the Sunday on which the clocks go back", "Europe/Berlin", "08:00", "18:00",
			"2026-10-25 07:00", 10 * time.Hour, "2026-10-25 18:00"},
		{"and forward", "Europe/Berlin", "08:00", "18:00", "2026-03-29 07:00", 10 * time.Hour, "2026-03-29 18:00"},
		{"the day on which they go back has 25 hours", "Europe/Berlin", "", "",
			"2026-10-25 00:00", 25 * time.Hour, "2026-10-26 00:00"},
		{"the day on which they go forward has 23", "Europe/Berlin", "", "",
			"2026-03-29 00:00", 23 * time.Hour, "2026-03-30 00:00"},
		{"hours that begin in the hour that is left out", "Europe/Berlin", "02:30", "04:00",
			"2026-03-29 00:00", 30 * time.Minute, "2026-03-29 04:00"},
		{"midnight itself is left out", "America/Santiago", "", "", "2026-09-05 12:00", 35 * time.Hour, "2026-09-07 00:00"},
		{"a zone west of Greenwich without summer time", "America/Bogota", "08:00", "18:00",
			"2026-10-25 07:00", 12 * time.Hour, "2026-10-26 10:00"},
		{"a zone of half an hour", "Asia/Kolkata", "09:30", "17:30", "2026-10-25 09:00", 8 * time.Hour, "2026-10-25 17:30"},
	} {
		t.Run(c.why, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			at := func(s string) time.Time {
				at, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
				if err != nil {
					t.Fatal(err)
				}
				return at
			}
			cal := sla.Calendar{Name: "c", Zone: c.zone, Weekdays: everyDay, From: c.from, To: c.to}
			h := compiled(sla.Rules{}, cal).Hours("c")
			if got := h.Add(at(c.start), c.counts); !got.Equal(at(c.until)) {
				t.Errorf("%s from %s end at %s, want %s", c.counts, c.start, got.In(zone), c.until)
			}
			if got := h.Between(at(c.start), at(c.until)); got != c.counts {
				t.Errorf("from %s to %s count %s, want %s", c.start, c.until, got, c.counts)
			}
		})
	}
}

func FuzzCalendar(f *testing.F) {
	f.Add("+08:00", "mon", "08:30", "17:30", "2026-02-15..2026-02-23")
	f.Add("", "sun", "", "24:00", "2026-01-01")
	f.Add("Z", "x", "25:00", "1", "..")
	f.Fuzz(func(t *testing.T, offset, day, from, to, off string) {
		c := sla.Calendar{Name: "f", UTCOffset: offset, Weekdays: []string{day}, From: from, To: to, Years: []sla.Year{{Year: 2026, Off: []string{off}}}}
		h, err := c.Hours(nil)
		if err != nil {
			return
		}
		if got := h.Add(t0, time.Hour); h.Between(t0, got) != time.Hour {
			t.Errorf("%+v: an hour ends at %s", c, got)
		}
	})
}

func TestGapsNameTheCalendar(t *testing.T) {
	cals := compiled(sla.Rules{}, china(t), sla.Calendar{Name: "always", Always: true})
	if got := cals.Gaps(local("2026-11-25 12:00")); len(got) != 1 || got[0] != (sla.Gap{Calendar: "cn", Year: 2027}) {
		t.Errorf("got %v", got)
	}
	if got := cals.Gaps(local("2025-12-01 12:00")); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
