package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// do runs actions and fails the test where one fails; what says what they are for.
func (p *Page) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// Eval returns the value of a JavaScript expression in the page; a promise is
// awaited. It works where the page's own scripts are off.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Until waits until a JavaScript expression is true.
func (p *Page) Until(expression string) {
	p.t.Helper()
	for end := time.Now().Add(patience); !Eval[bool](p, "Boolean("+expression+")"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("never true: %s; at %s, console: %q", expression, Eval[string](p, "location.href"), p.Console())
		}
	}
}

// Text returns the text of the first element that a CSS selector finds.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return Eval[string](p, "document.querySelector("+quote(selector)+").textContent")
}

// quote writes s as a JavaScript string.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(s) + "'"
}

var namedKeys = map[string]string{
	"ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight, "ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown,
	"Home": kb.Home, "End": kb.End, "Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace,
}

// Keys presses keys one after the other: characters, or names such as ArrowLeft
// and Tab, with Shift+ before them or not.
func (p *Page) Keys(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		name, shifted := strings.CutPrefix(key, "Shift+")
		if named, ok := namedKeys[name]; ok {
			name = named
		}
		var options []chromedp.KeyOption
		if shifted {
			options = append(options, chromedp.KeyModifiers(chromedp.ModifierShift))
		}
		p.do("press "+key, chromedp.KeyEvent(name, options...))
	}
}

// Point is a place in the window, in CSS pixels.
type Point struct{ X, Y float64 }

// At returns the place at the given shares of an element's width and height,
// after scrolling it into view.
func (p *Page) At(selector string, right, down float64) Point {
	p.t.Helper()
	box := Eval[[4]float64](p, `(() => { const e = document.querySelector(`+quote(selector)+`); e.scrollIntoView({block: 'center'});
		const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()`)
	return Point{box[0] + right*box[2], box[1] + down*box[3]}
}

// Hover moves the pointer to a place.
func (p *Page) Hover(to Point) {
	p.t.Helper()
	p.do("hover", chromedp.MouseEvent(chromedp.MouseMoved, to.X, to.Y))
}

// Click presses and releases the left button.
func (p *Page) Click(at Point) {
	p.t.Helper()
	p.do("click", chromedp.MouseClickXY(at.X, at.Y))
}

// Drag presses the left button at one place and releases it at another, with
// Shift held down or not.
func (p *Page) Drag(from, to Point, shift bool) {
	p.t.Helper()
	held := chromedp.ButtonModifiers(chromedp.ModifierNone)
	if shift {
		held = chromedp.ButtonModifiers(chromedp.ModifierShift)
	}
	middle := Point{(from.X + to.X) / 2, (from.Y + to.Y) / 2}
	left := func(e *input.DispatchMouseEventParams) { e.Buttons = 1 }
	p.do("drag",
		chromedp.MouseEvent(chromedp.MouseMoved, from.X, from.Y),
		chromedp.MouseEvent(chromedp.MousePressed, from.X, from.Y, chromedp.ButtonLeft, chromedp.ClickCount(1), held),
		chromedp.MouseEvent(chromedp.MouseMoved, middle.X, middle.Y, chromedp.ButtonLeft, left, held),
		chromedp.MouseEvent(chromedp.MouseMoved, to.X, to.Y, chromedp.ButtonLeft, left, held),
		chromedp.MouseEvent(chromedp.MouseReleased, to.X, to.Y, chromedp.ButtonLeft, chromedp.ClickCount(1), held))
}

// Wheel turns the wheel over a place; positive is down.
func (p *Page) Wheel(at Point, pixels float64) {
	p.t.Helper()
	p.do("wheel", chromedp.MouseEvent(chromedp.MouseWheel, at.X, at.Y, func(e *input.DispatchMouseEventParams) {
		e.DeltaX, e.DeltaY = 1e-6, pixels // a zero would be left out, which the browser refuses
	}))
}

// Touch puts fingers on the screen, moves each on its way and lifts them: each
// finger is the list of places that it goes through, all of the same length.
func (p *Page) Touch(fingers ...[]Point) {
	p.t.Helper()
	p.do("touch", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for step := range fingers[0] {
			e := input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchMove}
			if step == 0 {
				e.Type = input.DispatchTouchEventTypeTouchStart
			}
			for n, way := range fingers {
				e.TouchPoints = append(e.TouchPoints, &input.TouchPoint{X: way[step].X, Y: way[step].Y, ID: new(float64(n))})
			}
			if _, err := cdp.Call(ctx, t, input.DispatchTouchEvent, e); err != nil {
				return err
			}
		}
		end := input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}}
		_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, end)
		return err
	}))
}

var unsafeName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// Screenshot keeps a picture of the whole page, as NAME.png in the folder that
// PERFRUN_ARTIFACTS names, or else where it goes with the test. It returns the
// file's path.
func (p *Page) Screenshot(name string) string {
	p.t.Helper()
	folder := os.Getenv("PERFRUN_ARTIFACTS")
	if folder == "" {
		folder = p.t.TempDir()
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatalf("screenshot %s: %v", name, err)
	}
	file := filepath.Join(folder, unsafeName.ReplaceAllString(name, "-")+".png")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
	return file
}
