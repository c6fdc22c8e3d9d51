package words

import (
	"math"
	"os/exec"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\n\x1b[31m\u202etxt.exe javascript:alert(3) {{.}} ]]>--\x00\xff"

func TestValue(t *testing.T) {
	check := func(v float64, unit, want string) {
		t.Helper()
		if got := Value(v, unit); got != want {
			t.Errorf("Value(%g, %q) = %q, want %q", v, unit, got, want)
		}
	}
	check(0.0012345, "sec", "1.234 ms")
	check(1, "sec", "1.000 s")
	check(0, "sec", "0 s")
	check(1234, "ns/op", "1.234 µs/op")
	check(-0.5, "s", "-500.0 ms")
	check(33720, "ms", "33.72 s")
	check(0.5, "µs", "500.0 ns")
	check(12.34*1024*1024, "B", "12.34 MiB")
	check(512, "B", "512 B")
	check(2.5e9, "B/s", "2.328 GiB/s")
	check(42, "faults", "42 faults")
	check(42.5, "faults", "42.50 faults")
	check(1_234_567, "widgets", "1.235M widgets")
	check(1203.5, "allocs/op", "1204 allocs/op") // beside one of 1003
	check(1379.4, "sec", "1379 s")
	check(86400, "s", "86400 s")
	check(999.9, "sec", "999.9 s")
	check(12.5, "%", "12.50 %")
	check(7, "", "7")
	check(1e300, "sec", "1.000e+300 s")
	check(1e-30, "B", "1.000e-30 B")
	check(3, "a\x1bb", `3 a\x1bb`)
	check(math.NaN(), "sec", "n/a")
	check(math.Inf(-1), "sec", "n/a")
}

func TestChange(t *testing.T) {
	check := func(f float64, want string) {
		t.Helper()
		if got := Change(f); got != want {
			t.Errorf("Change(%g) = %q, want %q", f, got, want)
		}
	}
	check(0.031, "+3.1 %")
	check(-0.031, "-3.1 %")
	check(0, "0.0 %")
	check(-0.00001, "0.0 %")
	check(0.0034, "+0.34 %")
	check(0.00996, "+1.0 %")
	check(9.5, "+950 %")
	check(0.9994, "+99.9 %")
	check(12.345, "+1234 %")
	check(1e12, "+1.0e+14 %")
	check(math.NaN(), "n/a")
	check(math.MaxFloat64, "n/a")
}

func TestMinus(t *testing.T) {
	if got, want := Minus("-2.5 % to -1 page-faults (-3), e-4 2-3"), "−2.5 % to −1 page-faults (−3), e-4 2-3"; got != want {
		t.Errorf("minus gives %q, want %q", got, want)
	}
}

func TestPlain(t *testing.T) {
	check := func(in, want string) {
		t.Helper()
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
	check("Encode/small µ 消す", "Encode/small µ 消す")
	check("a\nb\tc\rd", `a\nb\tc\rd`)
	check("\x1b[2J\x00\x7f\u0085", `\x1b[2J\x00\x7f\x85`)
	check("\u202eabc\u2066\u200b", `\u202eabc\u2066\u200b`)
	check("a\u00a0b", "a b")
	check("\xff\xc3(", `\xff\xc3(`)
	check("\U000e0001", `\U000e0001`)
}

func TestBlock(t *testing.T) {
	check := func(in, want string) {
		t.Helper()
		if got := Block(in); got != want {
			t.Errorf("Block(%q) = %q, want %q", in, got, want)
		}
	}
	check("\x1b[1;31merror\x1b[0m: it\r\n\tbroke\n", "error: it\n\tbroke\n")
	check("\x1b]8;;file:///x\x07link\x1b]8;;\x1b\\", "link")
	check("50 %\r100 %", `50 %\r100 %`)
	check("\x1b(Bok\x1b", `ok\x1b`)
}

// FuzzPlain holds that nothing a terminal acts on comes through, for lines and
// for blocks.
func FuzzPlain(f *testing.F) {
	f.Add(attack)
	f.Add("\x1b[31\x1b[0m\x1b]0;title\x1b\\")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Plain(s) {
			if !unicode.IsPrint(r) {
				t.Fatalf("Plain(%q) holds %U", s, r)
			}
		}
		for _, r := range Block(s) {
			if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
				t.Fatalf("Block(%q) holds %U", s, r)
			}
		}
	})
}

func TestShortenedAndWrapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Plain(rapid.String().Draw(t, "s"))
		width := rapid.IntRange(2, 40).Draw(t, "width")
		short := Shortened(s, width)
		if Cells(short) > width || !utf8.ValidString(short) {
			t.Fatalf("Shortened(%q, %d) = %q", s, width, short)
		}
		if Cells(s) <= width && short != s {
			t.Fatalf("Shortened(%q, %d) changed it to %q", s, width, short)
		}
		lines := Wrapped(s, width+2)
		for _, line := range lines {
			if Cells(line) > width+2 {
				t.Fatalf("Wrapped(%q, %d) has the line %q", s, width+2, line)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeeze(strings.Join(lines, "")) != squeeze(s) {
			t.Fatalf("Wrapped(%q, %d) = %q lost something", s, width+2, lines)
		}
	})
}

func TestTail(t *testing.T) {
	if got, cut := Tail("one\ntwo\nthree", 10); got != "three" && got != "two\nthree" || !cut {
		t.Errorf("tail is %q, cut %v", got, cut)
	}
	if got, cut := Tail("short", 10); got != "short" || cut {
		t.Errorf("tail is %q, cut %v", got, cut)
	}
}

func TestShellCommandWords(t *testing.T) {
	check := func(want string, args ...string) {
		t.Helper()
		if got := ShellCommand(args); got != want {
			t.Errorf("ShellCommand(%q) = %s, want %s", args, got, want)
		}
	}
	check("perfrun run --base=main -o a/b.html", "perfrun", "run", "--base=main", "-o", "a/b.html")
	check(`'a b' '' '$(rm -rf ~)' 'it'\''s' 'A=1'`, "a b", "", "$(rm -rf ~)", "it's", "A=1")
	check(`'a'"$(printf '\033')"'b'`, "a\x1bb")
	check("'a\nb'", "a\nb")
}

// TestShellCommandRoundTrip asks a real shell what it makes of the words.
func TestShellCommandRoundTrip(t *testing.T) {
	args := []string{"", "-", "--", "~", "*", "\\", "'", "''", "\"", "`id`", "$HOME", "a\n", "\n\n", "\t", "\x1b[2J\n", "\xff\xfe", "\u202e", attack}
	random := rapid.SliceOfN(rapid.String(), 40, 40).Example(3)
	args = append(args, random...)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "\x00", "") // no argument can hold it
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\0' `+ShellCommand(args)).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if diff := cmp.Diff(args, got); diff != "" {
		t.Errorf("a shell reads other words (-want +got):\n%s", diff)
	}
}
