package watch

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linewarden/linewarden/collector/probe"
	"github.com/linewarden/linewarden/collector/symptom"
)

var update = flag.Bool("update", false, "rewrite the traces in testdata")

// Each testdata/*.txt is a small inventory, what happens, a line of dashes, and
// the trace of what watch wants done. The station ST hangs on device R1.
//
// The inventory has the rows of addRow, or "carrier N" for the network of that
// name. "remembered NAME …" are names that an earlier life was told to remember,
// "show WORD …" is what the trace shows (say, cover, beat, ask, poll, remember,
// isolated, held, broken; all if it is not there).
//
// What happens is one thing a line, in order of time:
//
//	12:00:00 earlier SUBJECT[/z] KIND since TIME     an earlier life left this symptom on the bus
//	12:00:00 earlier never LINE                      or said this of a line
//	12:00:00 start                                   and that was all; results are judged from now on
//	12:00:00 alive                                   from now on the network answers by itself:
//	12:00:10 down TARGET … | up TARGET …             who does not (a device, a line, or LINE/z)
//	12:00:10 cut-off | no-route | connected          our own way in is cut, has no route, is well
//	12:00:10 no-room | room                          questions are put off
//	12:00:10 ping TARGET answered|lost|unknown       a scheduled ping that leaves now
//	12:00:10 all answered|lost                       one to each target
//	12:00:10 answer TARGET answered|lost|put-off     what a question brought that was asked now
//	12:00:10 poll DEVICE silent                      nobody answers the poll
//	12:00:10 poll DEVICE [SUBJECT KIND well|bad …]   it is answered, and looked for these kinds
//	12:01:00 round 60s                               a round of polls ends
//	12:00:10 trap DEVICE SUBJECT KIND                a hint
//	12:00:10 reload [CHANGE, …]                      another inventory, see change
//	12:00:10 vanished SUBJECT KIND                   an entry is gone from the bus
//	12:00:10 remade                                  everything is
//	12:00:10 show WORD …                             what the trace shows from here on
//	12:00:10 end                                     time passes until then
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(text), "\n----\n")
			got := play(t, script)
			if *update {
				if err := os.WriteFile(file, []byte(script+"\n----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("it did\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// player acts a script out.
type player struct {
	*world
	t          *testing.T
	show       []string
	remembered []string
	earlier    Adopted
	trace      strings.Builder
}

func play(t *testing.T, script string) string {
	p := &player{t: t, world: newWorld(t, emptyInventory())}
	p.took = func(at time.Time, _ Event, done []Do) {
		for _, d := range done {
			p.write(at, d)
		}
	}
	for line := range strings.Lines(script) {
		words := strings.Fields(strings.SplitN(line, "#", 2)[0])
		switch {
		case len(words) == 0:
		case words[0][0] >= '0' && words[0][0] <= '9':
			if p.state == nil {
				p.now = parseClock(t, words[0])
				p.begin(p.remembered...)
			}
			p.until(parseClock(t, words[0]))
			p.happens(words[1], words[2:])
		default:
			p.header(words)
		}
	}
	return p.trace.String()
}

func (p *player) write(at time.Time, d Do) {
	said := p.said(d)
	word, _, _ := strings.Cut(said, " ")
	if s, ok := d.(Say); ok {
		if err := s.Symptom.Validate(); err != nil {
			p.t.Errorf("%s: not fit to publish: %v", said, err)
		}
	}
	if len(p.show) == 0 || slices.Contains(p.show, word) {
		fmt.Fprintf(&p.trace, "%s %s\n", clock(at), said)
	}
}

func (p *player) header(words []string) {
	switch words[0] {
	case "show":
		p.show = words[1:]
	case "remembered":
		p.remembered = words[1:]
	case "carrier":
		n := 0
		if _, err := fmt.Sscan(words[1], &n); err != nil {
			p.t.Fatal(err)
		}
		p.inv = carrier(p.t, n)
	default:
		addRow(p.t, p.inv, words)
	}
}

func (p *player) happens(what string, words []string) {
	switch what {
	case "show":
		p.show = words
	case "end":
	case "alive":
		p.alive = true
	case "down", "up":
		for _, name := range words {
			p.dead[p.address(name)] = what == "down"
		}
	case "cut-off", "no-route", "connected":
		p.cutOff, p.noRoute = what == "cut-off", what == "no-route"
	case "no-room", "room":
		p.putOff = what == "no-room"
	case "earlier":
		p.left(words)
	case "start":
		p.step(p.earlier)
	case "remade":
		p.step(Remade{})
	case "vanished":
		place := symptom.PlaceOf(symptom.Subject(words[0]), "")
		p.step(Vanished{symptom.Key{Observer: "collector/main", Kind: symptom.Kind(words[1]), Place: place}})
	case "reload":
		for change := range strings.SplitSeq(strings.Join(words, " "), ",") {
			if fields := strings.Fields(change); len(fields) > 0 {
				p.change(fields)
			}
		}
		p.reload()
	default:
		p.result(what, words)
	}
}

func (p *player) left(words []string) {
	if words[0] == "never" {
		v := symptom.Coverage{Collector: "main", Line: words[1], End: "a", Never: true, At: p.now}
		p.earlier.Coverage = append(p.earlier.Coverage, v)
		return
	}
	place, err := symptom.ParsePlace(words[0])
	if err != nil {
		p.t.Fatal(err)
	}
	since := parseClock(p.t, words[3])
	p.earlier.Symptoms = append(p.earlier.Symptoms, symptom.Symptom{Observer: "collector/main", Subject: place.Subject,
		End: place.End, Kind: symptom.Kind(words[1]), State: symptom.Raised, Since: since, At: since})
}

// result enters what an engine would tell.
func (p *player) result(what string, words []string) {
	switch what {
	case "ping":
		p.pinged(p.address(words[0]), words[1])
	case "all":
		for _, target := range p.schedule {
			p.pinged(target.Addr, words[0])
		}
	case "answer":
		p.answered(words)
	case "poll":
		p.polled(words)
	case "round":
		interval, err := time.ParseDuration(words[0])
		if err != nil {
			p.t.Fatal(err)
		}
		p.step(Swept{Interval: interval, Started: p.now.Add(-interval), Ended: p.now})
	case "trap":
		p.step(Trapped{words[0], []probe.Sample{{Subject: symptom.Subject(words[1]), Kind: symptom.Kind(words[2]),
			Judgement: probe.Abnormal, At: p.now}}})
	default:
		p.t.Fatalf("nothing of the kind happens: %s %q", what, words)
	}
}

func (p *player) pinged(addr netip.Addr, word string) {
	outcome, ok := map[string]Outcome{"answered": Replied, "lost": Lost, "unknown": Unknown}[word]
	if !ok {
		p.t.Fatalf("a ping is not %s", word)
	}
	for _, target := range p.schedule {
		if target.Addr == addr {
			p.arrive(Ping{Key: target.Key, Addr: addr, Sent: p.now, Outcome: outcome, RTT: time.Millisecond})
		}
	}
}

func (p *player) answered(words []string) {
	addr := p.address(words[0])
	for _, target := range p.schedule {
		if target.Addr != addr {
			continue
		}
		a := Answer{Key: target.Key, Addr: addr, First: p.now, RTT: time.Millisecond}
		wait := a.RTT
		switch words[1] {
		case "answered":
			a.Sent, a.Received = 1, 1
		case "lost":
			a.Sent = p.cfg.Confirm.Count
			wait = time.Duration(a.Sent-1)*p.cfg.Confirm.Gap + p.cfg.Confirm.Timeout
		case "put-off":
			a.PutOff = true
		default:
			p.t.Fatalf("a question is not %s", words[1])
		}
		p.in(wait, func() Event { return Answered{a} })
	}
}

func (p *player) polled(words []string) {
	device := words[0]
	if len(words) == 2 && words[1] == "silent" {
		p.step(Polled{Device: device, Sent: p.now, Samples: []probe.Sample{
			{Subject: symptom.Device(device), Kind: symptom.AgentSilent, Judgement: probe.Abnormal, At: p.now}}})
		return
	}
	r := Polled{Device: device, Sent: p.now, Answered: true, Whole: true,
		Covers: map[string][]symptom.Kind{device: {symptom.AgentSilent}}}
	for words = words[1:]; len(words) >= 3; words = words[3:] {
		s := probe.Sample{Subject: symptom.Subject(words[0]), Kind: symptom.Kind(words[1]), At: p.now,
			Judgement: probe.Normal}
		if words[2] == "bad" {
			s.Judgement = probe.Abnormal
		}
		r.Samples = append(r.Samples, s)
		r.Covers[s.Subject.Device()] = append(r.Covers[s.Subject.Device()], s.Kind)
	}
	p.step(r)
}
