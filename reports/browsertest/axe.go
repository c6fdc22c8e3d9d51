package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// violation is a broken rule of accessibility, as axe-core tells it.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for i, n := range v.Nodes {
		if i == 5 {
			fmt.Fprintf(&b, "\n  and %d more", len(v.Nodes)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %.160s\n    %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", " "))
	}
	return b.String()
}

// rules returns axe-core, from where .ci/browser puts it.
func rules() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(cache, "perfrun-test", "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("no axe-core, .ci/browser fetches it: %w", err)
	}
	return string(text), nil
}

// Axe fails the test for every rule of accessibility that the page breaks as it
// stands now, folded parts opened: what is folded is read as well. Where scripts
// are off they are on for the checker alone, after the page was loaded.
func (p *Page) Axe() {
	p.t.Helper()
	text, err := rules()
	if err != nil {
		p.t.Fatal(err)
	}
	p.do("scripts on", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error { return p.scripts(ctx, t, true) }))
	Eval[bool](p, text+"\n;true")
	for _, v := range Eval[[]violation](p, runAxe) {
		p.t.Errorf("%s: %s", p.URL, v)
	}
	p.do("scripts as before", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return p.scripts(ctx, t, !p.options.NoScript)
	}))
}

// runAxe fetches nothing a second time, which a page's policy would refuse; it opens what is folded, runs every rule, best practices among them, and
// folds again what was.
const runAxe = `(async () => {
	const folded = [...document.querySelectorAll('details:not([open])')];
	folded.forEach((d) => { d.open = true; });
	const found = await axe.run(document, {resultTypes: ['violations'], preload: false});
	folded.forEach((d) => { d.open = false; });
	return found.violations.map((v) => ({id: v.id, impact: String(v.impact), help: v.help,
		nodes: v.nodes.map((n) => ({html: n.html, failureSummary: n.failureSummary || ''}))}));
})()`
