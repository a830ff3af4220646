package life

import "testing"

// Every move from one stage to another, and whether it may be made.
func TestAFaultKeepsToTheMovesOfItsLife(t *testing.T) {
	names := []string{"new", "held", "open", "recovering", "ending", "cleared"}
	may := map[[2]Stage]string{
		{New, Held}:          "what concerns somebody is held",
		{Held, New}:          "what concerns nobody any more waits in silence again",
		{Held, Open}:         "what has been held for long enough is said",
		{Open, Recovering}:   "what has been said begins to recover",
		{Open, Ending}:       "what has been said may be explained otherwise",
		{Recovering, Open}:   "what recovers may spread again",
		{Recovering, Ending}: "what recovers is over when nothing is left of it",
		{Ending, Open}:       "what was nearly over may fail again",
		{Ending, Cleared}:    "what is over is said to be",
	}
	for from := New; from <= Cleared; from++ {
		for to := New; to <= Cleared; to++ {
			says, allowed := may[[2]Stage{from, to}]
			t.Run(names[from]+" to "+names[to], func(t *testing.T) {
				f := &Fault{stage: from}
				if refused := refuses(f, to); refused == (allowed || from == to) {
					t.Errorf("refused %v, want the opposite: %s", refused, says)
				} else if !refused && f.stage != to {
					t.Errorf("it is %d", f.stage)
				} else if refused && f.stage != from {
					t.Errorf("it was refused and moved to %d all the same", f.stage)
				}
			})
		}
	}
}

func refuses(f *Fault, to Stage) (refused bool) {
	defer func() { refused = recover() != nil }()
	f.enter(to)
	return false
}

func TestOnlyWhatHasBeenSaidAndIsNotOverIsOut(t *testing.T) {
	for stage, want := range map[Stage]bool{
		New: false, Held: false, Open: true, Recovering: true, Ending: true, Cleared: false,
	} {
		if f := (&Fault{stage: stage}); f.out() != want {
			t.Errorf("stage %d: out is %v", stage, f.out())
		}
	}
}
