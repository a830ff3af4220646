package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserEveryPage opens every page in both languages, on a desk and on a
// phone. With LINEWARDEN_SCREENS set to a directory it leaves pictures there.
func TestBrowserEveryPage(t *testing.T) {
	n := open(t, labInventory(t, 60), testLog(t))
	v := n.shift()
	nt := n.network(v.ID)
	n.act("zhao", nt.ID, "accept", "马上处理", nil)
	n.act("zhao", nt.ID, "stage_reply", "OTDR 测得断点距局端 3.2 km，抢修队已出发。", nil)
	n.act("wu", nt.ID, "urge", "客户来电催促", nil)

	b := n.window(chromium(t))
	raw := regexp.MustCompile(`\b(linestate|symptom|reason|entry|refused|domain|kind|queue|clock|col|fault|ticket)\.[a-z_]+\b`)
	dir := os.Getenv("LINEWARDEN_SCREENS")
	for _, lang := range []string{"zh-CN", "en"} {
		for _, size := range []struct {
			name          string
			width, height int64
			dark          bool
		}{{"wide", 1440, 900, false}, {"dark", 1440, 900, true}, {"phone", 390, 844, false}, {"phonedark", 390, 844, true}} {
			if size.dark && dir == "" {
				continue // the same layout
			}
			b.screen(size.width, size.height, size.dark)
			for _, page := range []struct{ name, path string }{
				{"login", "/login"},
				{"faults", "/faults"}, {"wall", "/faults?wall"}, {"fault", "/faults/" + v.ID}, {"fault2", "/faults/V000000000000000000000000T1"}, {"faultring", "/faults/V000000000000000000000000P1"},
				{"tickets", "/tickets?queue=transit"}, {"ticket", "/tickets/" + nt.ID}, {"declare", "/tickets/new?line=" + v.Lines.Down[0]},
				{"lines", "/lines"}, {"line", "/lines/" + v.Lines.Down[0]}, {"error", "/no/such/page"},
			} {
				if page.name == "login" {
					b.open("/logout-none")
					js[int](b, `fetch("/logout", {method: "POST"}).then(() => 1)`)
				} else if page.name == "faults" {
					b.signIn("admin")
				}
				b.speak(lang)
				n.beat()
				b.open(page.path)
				where := fmt.Sprintf("%s-%s-%s", page.name, lang, size.name)
				if width := js[int64](b, `document.documentElement.scrollWidth`); width > size.width {
					t.Errorf("%s: the page is %d wide on a screen of %d", where, width, size.width)
				}
				if found := raw.FindString(b.text("body")); found != "" {
					t.Errorf("%s: shows the key %s", where, found)
				}
				if got := js[string](b, `document.documentElement.lang`); got != lang {
					t.Errorf("%s: in %s", where, got)
				}
				if dir == "" {
					continue
				}
				shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, where+".png"), shot, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	b.quiet()
}
