package console_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/linewarden/linewarden/deploy/lab/wait"
)

// browser is a real Chromium with one window.
type browser struct {
	t    testing.TB
	ctx  context.Context
	n    *noc
	mu   sync.Mutex
	said []string // errors in the page's console
}

// chromium starts one for the test. It must be there: the Makefile installs it.
func chromium(t testing.TB) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatal("no Chromium found: apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	return ctx
}

// window opens a browser window on the NOC, with cookies of its own.
func (n *noc) window(allocator context.Context) *browser {
	n.t.Helper()
	ctx, cancel := chromedp.NewContext(allocator)
	n.t.Cleanup(cancel)
	b := &browser{t: n.t, ctx: ctx, n: n}
	b.run("start", chromedp.Navigate("about:blank"))
	b.listen()
	return b
}

// another opens a further window of the same browser, with cookies of its own.
func (b *browser) another() *browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	b.t.Cleanup(cancel)
	w := &browser{t: b.t, ctx: ctx, n: b.n}
	w.run("start", chromedp.Navigate("about:blank"))
	w.listen()
	return w
}

func (b *browser) listen() {
	err := chromedp.Listen(b.ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			b.note(fmt.Sprintf("%+v", ev.ExceptionDetails))
		case *runtime.EventConsoleAPICalled:
			if ev.Type == runtime.ConsoleAPICalledTypeError {
				b.note(fmt.Sprint(ev.Args))
			}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) note(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = append(b.said, s)
}

// quiet fails if a page's script has failed.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		b.t.Errorf("the page's script failed: %s", s)
	}
}

func (b *browser) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	// The context of the window itself must not end, so only the wait does.
	done := make(chan error, 1)
	go func() { done <- chromedp.Do(b.ctx, actions...) }()
	select {
	case err := <-done:
		if err != nil {
			b.t.Fatalf("%s: %v", what, err)
		}
	case <-time.After(wait.Long):
		b.t.Fatalf("%s: nothing within "+wait.Long.String()+"; the page says: %.600s", what, b.text("body"))
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.run("open "+path, chromedp.Navigate(b.n.url+path))
}

// js evaluates an expression.
func js[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func (b *browser) text(selector string) string {
	return js[string](b, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

func (b *browser) has(selector string) bool {
	return js[bool](b, fmt.Sprintf(`!!document.querySelector(%q)`, selector))
}

// sees waits until the page says something.
func (b *browser) sees(what string) {
	b.t.Helper()
	b.until("the page says "+what, func() bool { return strings.Contains(b.text("body"), what) })
}

func (b *browser) signIn(name string) {
	b.t.Helper()
	b.open("/login")
	b.speak("zh-CN")
	b.run("sign in as "+name, chromedp.SetValue(`input[name=name]`, name), chromedp.SetValue(`input[name=password]`, password),
		chromedp.Click(`main button`), chromedp.WaitVisible(`nav[aria-label]`))
}

// speak chooses the language.
func (b *browser) speak(lang string) {
	b.t.Helper()
	js[string](b, fmt.Sprintf(`document.cookie = "lang=%s; path=/"`, lang))
}

// screen sets the size and whether the person prefers dark.
func (b *browser) screen(width, height int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.run("screen", chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}
