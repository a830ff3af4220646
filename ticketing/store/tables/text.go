package tables

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/linewarden/linewarden/ticketing/ticket"
)

// candidatesOfText is in how many tickets that are no longer open a text is
// looked for at most, newest first.
const candidatesOfText = 10000

// normal is how text is compared: full-width forms as narrow ones, case and
// runs of space levelled.
func normal(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == 0 || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD")))
	return strings.Join(strings.Fields(s), " ")
}

// searchText is what Filter.Text looks in, a field a line.
func searchText(t ticket.Ticket) string {
	fields := []string{normal(t.ID), normal(t.Title)}
	seen := map[string]bool{fields[0]: true, fields[1]: true, "": true}
	for _, l := range t.Lines {
		for _, f := range []string{l.ID, l.Circuit, l.CustomerName} {
			if f = normal(f); !seen[f] {
				seen[f] = true
				fields = append(fields, f)
			}
		}
	}
	return strings.Join(fields, "\n")
}

// grams are the pieces by which text is found: three characters of ASCII, or
// two where one of them is not, since Chinese words have two. The grams of a
// text include those of every part of it, so a text that lacks one cannot
// contain the words.
func grams(text string) []string {
	var out []string
	for field := range strings.SplitSeq(text, "\n") {
		rs := []rune(field)
		for i := range rs {
			switch {
			case i+1 < len(rs) && (rs[i] > unicode.MaxASCII || rs[i+1] > unicode.MaxASCII):
				out = append(out, string(rs[i:i+2]))
			case i+2 < len(rs) && rs[i+2] <= unicode.MaxASCII:
				out = append(out, string(rs[i:i+3]))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
