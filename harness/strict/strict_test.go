package strict

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mtrlz.dev/perfrun/harness/cpuset"
	"mtrlz.dev/perfrun/results"
)

var menu = Words{Name: "menu", Empty: "begin with dish: NAME"}

type level string

// plate has a value of every kind.
type plate struct {
	Dish   string
	Hot    bool
	Seats  int
	Grams  float64
	Tip    float64
	Waste  float64
	Cook   time.Duration
	Rest   time.Duration
	Box    int64
	CPUs   cpuset.Set
	Level  level
	Extras []string
	Words  []string
	Prices map[string]string
	Inner  *plate
}

func (p *plate) fields(d *Decoder) Fields {
	return Fields{
		"dish": Into(&p.Dish, d.Text("dish")), "hot": Into(&p.Hot, d.Boolean("hot")), "seats": Into(&p.Seats, d.Integer("seats", 1, 9)),
		"grams": Into(&p.Grams, d.Number("grams", 0, 2.5)), "tip": Into(&p.Tip, d.Percent("tip")), "waste": Into(&p.Waste, d.Share("waste")),
		"cook": Into(&p.Cook, d.Duration("cook")), "rest": Into(&p.Rest, d.DurationOrZero("rest")), "box": Into(&p.Box, d.Size("box")),
		"cpus": Into(&p.CPUs, d.CPUs("cpus")), "level": Into(&p.Level, OneOf(d, "level", []level{"mild", "hot"})),
		"extras": Into(&p.Extras, d.Names("extras", []string{"salt", "oil"})),
		"words": func(node Node) error {
			if !d.IsList(node) {
				p.Words = []string{"no list"}
				return nil
			}
			return d.List(node, "words", func(element Node) error {
				word, err := d.Word("words")(element)
				p.Words = append(p.Words, word)
				return err
			})
		},
		"prices": func(node Node) error {
			p.Prices = map[string]string{}
			return d.Map(node, "prices", func(key string, at, value Node) (err error) {
				if key == "" {
					return d.Fail(at, "a price of nothing", "name it")
				}
				p.Prices[key], err = d.Word("prices")(value)
				return err
			})
		},
		"inner": func(node Node) error {
			if !d.IsMapping(node) {
				return Into(&p.Dish, d.Text("inner"))(node)
			}
			p.Inner = &plate{}
			return d.Object(node, "inner", p.Inner.fields(d))
		},
	}
}

func read(text string) (plate, error) {
	var p plate
	d, root, err := Parse("menu.yml", []byte(text), menu)
	if err == nil {
		err = d.Object(root, "a menu", p.fields(d))
	}
	return p, err
}

func TestValues(t *testing.T) {
	check := func(text string, want plate) {
		t.Helper()
		got, err := read(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", text, diff)
		}
	}
	check("dish: |\n  a\n  b\n", plate{Dish: "a\nb\n"})
	check("dish: no\nhot: true\nseats: 9\n", plate{Dish: "no", Hot: true, Seats: 9})
	check("grams: 2.5\n", plate{Grams: 2.5})
	check("grams: 0\ntip: 0.5 %\n", plate{Tip: 0.005})
	check("waste: 100%\n", plate{Waste: 1})
	check("waste: 0%\nrest: 0s\n", plate{})
	check("cook: 1h30m\nrest: 5m\n", plate{Cook: 90 * time.Minute, Rest: 5 * time.Minute})
	check("box: 1GiB", plate{Box: 1 << 30})
	check("box: 1.5 kB", plate{Box: 1500})
	check("box: 0B", plate{})
	check("box: 7TiB", plate{Box: 7 << 40})
	check("cpus: 2-3,6", plate{CPUs: cpuset.Of(2, 3, 6)})
	check("cpus: 2\nlevel: mild", plate{CPUs: cpuset.Of(2), Level: "mild"})
	check("extras: [oil, salt]", plate{Extras: []string{"oil", "salt"}})
	check("extras: []", plate{})
	check("words: [a, 1.10, true, '', 'b c']", plate{Words: []string{"a", "1.10", "true", "", "b c"}})
	check("words: a", plate{Words: []string{"no list"}})
	check("prices: &p {a: 1}\ninner: {prices: *p}", plate{Prices: map[string]string{"a": "1"}, Inner: &plate{Prices: map[string]string{"a": "1"}}})
	check("inner: {dish: a}", plate{Inner: &plate{Dish: "a"}})
	check("inner: a", plate{Dish: "a"})
}

func TestMistakes(t *testing.T) {
	check := func(text, where, what, next string) {
		t.Helper()
		_, err := read(text)
		problem, ok := errors.AsType[*results.Problem](err)
		if !ok {
			t.Errorf("%q: %v, want a problem", text, err)
			return
		}
		if problem.Where != "menu.yml:"+where || !strings.Contains(problem.What, what) || !strings.Contains(problem.Next, next) {
			t.Errorf("%q:\n got %s | %s | %s\nwant %s | %s | %s", text, problem.Where, problem.What, problem.Next, where, what, next)
		}
		if problem.Kind != results.BadInput || strings.Contains(problem.Error(), "\n") || strings.Contains(problem.Error(), "strict.") {
			t.Errorf("%q: %#v is of another kind, more than a line, or of Go", text, problem)
		}
	}
	check("", "1:1", "the file is empty", "begin with dish: NAME")
	check(strings.Repeat("#", MaxSize+1), "1:1", "larger than 1024 KiB", "a menu is a short file")
	check("dish: a\n---\ndish: b\n", "3:1", "second document", "one menu a file")
	check("dish: a\x00", "1:8", "NUL byte", "remove")
	check("dish: é\xff", "1:8", "not UTF-8", "UTF-8")
	check("dish: [a", "1:7", "", "correct the YAML")
	check(strings.Repeat("a: 1\n", mostKeys+1), "20001:1", "more than 20000 keys", "a menu needs a few hundred")
	check(strings.Repeat("[", 51), "1:51", "nested too deeply", "a menu needs a few levels")
	check(strings.Repeat("- ", 51), "1:1", "nested too deeply", "")
	check("a:\n"+strings.Repeat(" ", 201)+"b: 1", "2:201", "nested too deeply", "")
	check("- a", "1:1", "a menu must be a mapping, not a list", "KEY: VALUE")
	check("dihs: a", "1:1", `a menu has no key "dihs"`, "did you mean dish? it may have box, cook,")
	check("inner: {dihs: a}", "1:9", `inner has no key "dihs"`, "did you mean dish?")
	check("dish: a\ndish: b", "2:1", `"dish" is here twice; the first is on line 1`, "keep one")
	check("prices: {a: 1, a: 2}", "1:16", "twice", "keep one")
	check("prices: {'': 1}", "1:10", "a price of nothing", "name it")
	check("prices: {a: [1]}", "1:13", "single value, not a list", "one line")
	check("<<: {}", "1:1", "merge keys", "alias")
	check("dish: !!str a", "1:7", "tags like !!str mean nothing in a menu", "remove")
	check("dish: *a", "1:7", "no anchor before it", "&a")
	check("inner: &i {inner: *i}", "1:19", "part of what it stands for", "cycle")
	check("words: &w [a, *w]", "1:15", "part of what it stands for", "cycle")
	check("dish: 1", "1:7", "must be text, not a number", "quotes")
	check("dish:\n  a: 1\n  b: 2", "2:3", "must be text, not a mapping", "quotes")
	check("dish:\n  a: 1", "2:3", "must be text, not a mapping", "quotes")
	check("dish: {a: 1, b: 2}", "1:7", "must be text, not a mapping", "quotes")
	check("dish: ' '", "1:7", "dish is empty", "give it a value")
	check(`dish: "\e"`, "1:7", "control character", "remove")
	check(`words: ["\0"]`, "1:9", "NUL character", "remove")
	check("hot: yes", "1:6", "must be true or false, not text", "")
	check("seats: 10", "1:8", `seats is "10"`, "from 1 to 9")
	check("seats: 1.0", "1:8", `seats is "1.0"`, "whole number")
	check("grams: 2.6", "1:8", `grams is "2.6"`, "from 0 to 2.5")
	check("grams: nan", "1:8", `grams is "nan"`, "from 0 to 2.5")
	check("grams: much", "1:8", `grams is "much"`, "a number")
	check("tip: 5", "1:6", "without a percent sign", "like 2%")
	check("tip: 0%", "1:6", `tip is "0%"`, "above 0 %")
	check("waste: 101%", "1:8", `waste is "101%"`, "from 0 % to 100 %")
	check("waste: NaN%", "1:8", `waste is "NaN%"`, "from 0 % to 100 %")
	check("cook: 0s", "1:7", "cook is 0s", "above zero")
	check("cook: 5", "1:7", "no duration", "90s")
	check("rest: -1s", "1:7", "rest is -1s", "or 0s")
	check("box: 5", "1:6", `box is "5", which is no size`, "10GiB")
	check("box: 5gb", "1:6", `box is "5gb", which is no size`, "GB")
	check("box: ''", "1:6", "which is no size", "")
	check("box: GiB", "1:6", `box is "GiB"`, "number")
	check("box: -1GiB", "1:6", `box is "-1GiB"`, "")
	check("box: 8388608TiB", "1:6", `box is "8388608TiB"`, "")
	check("box: NaNB", "1:6", `box is "NaNB"`, "")
	check("cpus: 3-1", "1:7", "cpus: \"3-1\" runs backwards", "2-3")
	check("cpus: ''", "1:7", "cpus: the list is empty", "2-3")
	check("level: hto", "1:8", `level is "hto"`, "did you mean hot? give one of mild, hot")
	check("extras: salt", "1:9", "extras must be a list, not text", "- before it")
	check("extras: [sal]", "1:10", `extras is "sal"`, "did you mean salt?")
	check("extras: [salt, oil, salt]", "1:21", "extras has salt twice", "keep one")
}

// TestAliases shows that a small file cannot stand for a large one.
func TestAliases(t *testing.T) {
	var b strings.Builder
	b.WriteString("words: &w [" + strings.Repeat("a,", 10_000) + "a]\n")
	end := ""
	for range 49 {
		b.WriteString("inner: {words: *w, prices: {a: 1}, ")
		end += "}"
	}
	if _, err := read(b.String() + end); err != nil {
		t.Errorf("490,000 values: %v", err)
	}
	large := strings.Replace(b.String(), "a,", strings.Repeat("a,", 20_000), 1)
	_, err := read(large + end)
	if err == nil || !strings.Contains(err.Error(), "with its aliases the file holds more than 1048576 values; repeat less") {
		t.Errorf("1,500,000 values: %v", err)
	}
}

func TestEmptyAllowed(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "\n\n"} {
		if d, root, err := Parse("p", []byte(text), Words{Name: "menu"}); d == nil || root != nil || err != nil {
			t.Errorf("%q: %v, %v, want no node and no error", text, root, err)
		}
	}
}

func TestExcerpt(t *testing.T) {
	check := func(line string, column int, want string) {
		t.Helper()
		if got := excerpt(line, column); got != want {
			t.Errorf("%q at %d:\n%s\nwant\n%s", line, column, got, want)
		}
	}
	check("a: b", 4, "  a: b\n     ^")
	check("\ta: 日b\r", 6, "  \ta: 日b\n  \t    ^")
	check("a", 9, "  a\n   ^")
	check("a", 0, "  a\n  ^")
	check("\xff", 1, "  ?\n  ^")
	long := strings.Repeat("x", 150)
	check(long, 101, "  "+long[40:140]+"\n  "+strings.Repeat(" ", 60)+"^")
}

func TestEditsIsADistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-c]{0,6}`)
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		if edits(a, b) != edits(b, a) || (edits(a, b) == 0) != (a == b) || edits(a, c) > edits(a, b)+edits(b, c) {
			t.Errorf("%q %q %q: %d %d %d", a, b, c, edits(a, b), edits(b, c), edits(a, c))
		}
		if d := edits(a, b); d > max(len(a), len(b)) {
			t.Errorf("%q to %q in %d", a, b, d)
		}
	})
}

// TestSizesAsWritten holds Size to arithmetic of its own.
func TestSizesAsWritten(t *testing.T) {
	powers := map[string]float64{"B": 0, "kB": 3, "MB": 6, "GB": 9, "TB": 12}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 9_000_000).Draw(t, "n")
		for unit, power := range powers {
			p, err := read(fmt.Sprintf("box: %d%s", n, unit))
			if want := n * int64(math.Pow(10, power)); err != nil || p.Box != want {
				t.Errorf("%d%s: %d, %v; want %d", n, unit, p.Box, err, want)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"dish: a\nbox: 1GiB\n", "inner: &i {inner: *i}", "a: &a [*a]\n", "a: 1\n---\nb: 2\n", "? a\n: b\n", "a: |\n\tb\n", "a: \"\\u001b\"\n",
		"\xff", "<<: *x\n", "!t a: [}\n", "extras: [salt]", "words: [~, .inf, 0x1]", "box: 1e300TiB", "inner:\n  prices:\n    a: b\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := read(text)
		if problem, ok := errors.AsType[*results.Problem](err); err != nil && (!ok || problem.Where == "" || problem.What == "") {
			t.Errorf("%v is no problem with a place", err)
		}
		if err == nil && (p.Box < 0 || p.Rest < 0 || p.Tip < 0 || p.Tip >= 1 || math.IsNaN(p.Grams)) {
			t.Errorf("%+v is out of bounds", p)
		}
	})
}
