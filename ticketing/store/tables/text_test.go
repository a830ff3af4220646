package tables

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/linewarden/linewarden/ticketing/ticket"
)

func TestNormalLevelsWhatPeopleTypeDifferently(t *testing.T) {
	for in, want := range map[string]string{
		"  Cable\t CUT ": "cable cut",
		"ＥＴＮ００４２":        "etn0042",
		"农业银行":           "农业银行",
		"a\x00b\x1bc":    "abc",
		"bad\xffbyte":    "bad\uFFFDbyte",
	} {
		if got := normal(in); got != want {
			t.Errorf("normal(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestGramsAreThreeOfASCIIOrTwo(t *testing.T) {
	for in, want := range map[string][]string{
		"":          nil,
		"ab":        nil,
		"缆":         nil,
		"abcd":      {"abc", "bcd"},
		"光缆中断":      {"中断", "光缆", "缆中"},
		"芜湖et1":     {"et1", "湖e", "芜湖"},
		"et\n1x\n光": nil, // pieces do not cross fields
		"aaaa":      {"aaa"},
	} {
		if got := grams(in); !slices.Equal(got, want) {
			t.Errorf("grams(%q) is %q, want %q", in, got, want)
		}
	}
}

// Or else the index would hide what is there.
func TestGramsOfAPartAreGramsOfTheWhole(t *testing.T) {
	char := rapid.RuneFrom([]rune("ab1- \n光缆é\U0001F600"))
	rapid.Check(t, func(r *rapid.T) {
		whole := []rune(rapid.StringOf(char).Draw(r, "whole"))
		from := rapid.IntRange(0, len(whole)).Draw(r, "from")
		to := rapid.IntRange(from, len(whole)).Draw(r, "to")
		for _, part := range strings.Split(string(whole[from:to]), "\n") {
			for _, g := range grams(part) {
				if !slices.Contains(grams(string(whole)), g) {
					r.Fatalf("%q has the gram %q, %q has not", part, g, string(whole))
				}
			}
		}
	})
}

func TestSearchTextHasEachFieldOnce(t *testing.T) {
	got := searchText(ticket.Ticket{ID: "NT-1", Title: "Cut", Lines: []ticket.Line{
		{ID: "LN-1", Circuit: "C1", CustomerName: "农业银行"},
		{ID: "LN-2", Circuit: "C2", CustomerName: "农业银行"},
		{ID: "LN-3"},
	}})
	if want := "nt-1\ncut\nln-1\nc1\n农业银行\nln-2\nc2\nln-3"; got != want {
		t.Errorf("search text is %q, want %q", got, want)
	}
}
