package ping

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/linewarden/linewarden/collector/probe/icmp"
)

// summary counts targets.
type summary struct{ all, answered, silent int }

func (s summary) String() string {
	return fmt.Sprintf("%d targets, %d answered, %d silent", s.all, s.answered, s.silent)
}

// print writes a line for each target.
func (c Cmd) print(w io.Writer, targets []target, tallies []icmp.Tally) (summary, error) {
	s := summary{all: len(targets)}
	out := bufio.NewWriterSize(w, 1<<16)
	width := utf8.RuneCountInString("TARGET")
	for _, t := range targets {
		width = max(width, len(t.name))
	}
	if !c.JSON {
		fmt.Fprintf(out, "%-*s %7s %7s %6s %9s %9s %9s %9s\n", width, "TARGET", "SENT", "RECV", "LOSS", "MIN ms", "AVG ms", "MAX ms", "DEV ms")
	}
	var line []byte
	for i, t := range targets {
		var y icmp.Tally
		if len(tallies) > 0 && tallies[0].Key == uint32(i) {
			y, tallies = tallies[0], tallies[1:]
		}
		if t.err != nil {
			y.Err = t.err
		}
		if y.Received > 0 {
			s.answered++
		} else {
			s.silent++
		}
		if c.JSON {
			line = appendJSON(line[:0], t.name, y)
		} else {
			line = appendRow(line[:0], t.name, width, y)
		}
		_, _ = out.Write(line) // its error stays with out until Flush
	}
	if !c.JSON {
		fmt.Fprintln(out, s)
	}
	return s, out.Flush()
}

// appendJSON writes one object and a new line.
func appendJSON(b []byte, name string, y icmp.Tally) []byte {
	b = append(b, `{"target":`...)
	b = appendString(b, name)
	b = append(b, `,"sent":`...)
	b = strconv.AppendInt(b, int64(y.Sent), 10)
	b = append(b, `,"received":`...)
	b = strconv.AppendInt(b, int64(y.Received), 10)
	for _, f := range figures(y) {
		b = append(append(append(b, `,"rtt_`...), f.name...), `":`...)
		if y.Received == 0 {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, f.value.Seconds(), 'f', 9, 64)
		}
	}
	if y.Err != nil {
		b = append(b, `,"error":`...)
		b = appendString(b, y.Err.Error())
	}
	return append(b, "}\n"...)
}

func appendString(b []byte, s string) []byte {
	if !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) { // as addresses and names are
		return append(append(append(b, '"'), s...), '"')
	}
	quoted, err := json.Marshal(s)
	if err != nil { // no string can fail
		return append(b, `""`...)
	}
	return append(b, quoted...)
}

// appendRow writes one line of the table.
func appendRow(b []byte, name string, width int, y icmp.Tally) []byte {
	b = append(b, name...)
	b = pad(b, width-len(name))
	b = right(b, 8, strconv.Itoa(y.Sent))
	b = right(b, 8, strconv.Itoa(y.Received))
	loss := "-"
	if y.Sent > 0 {
		loss = strconv.FormatFloat(100*float64(y.Sent-y.Received)/float64(y.Sent), 'f', 0, 64) + "%"
	}
	b = right(b, 7, loss)
	for _, f := range figures(y) {
		text := "-"
		if y.Received > 0 {
			text = strconv.FormatFloat(float64(f.value)/float64(time.Millisecond), 'f', 3, 64)
		}
		b = right(b, 10, text)
	}
	if y.Err != nil {
		b = append(append(b, "  "...), y.Err.Error()...)
	}
	return append(b, '\n')
}

func right(b []byte, width int, text string) []byte {
	return append(pad(b, width-len(text)), text...)
}

func pad(b []byte, n int) []byte {
	for ; n > 0; n-- {
		b = append(b, ' ')
	}
	return b
}

type figure struct {
	name  string
	value time.Duration
}

func figures(y icmp.Tally) [4]figure {
	return [...]figure{{"min", y.RTT.Min}, {"avg", y.RTT.Mean()}, {"max", y.RTT.Max}, {"stddev", y.RTT.StdDev()}}
}
