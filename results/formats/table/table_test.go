package table

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtrlz.dev/perfrun/results"
	"mtrlz.dev/perfrun/results/verdict"
)

func TestReadComparisons(t *testing.T) {
	metric := func(name, unit string, better results.Direction) results.Metric {
		return results.Metric{Name: name, Unit: unit, Better: better}
	}
	check := func(what, text string, want ...verdict.Pair) {
		t.Helper()
		got, err := ReadComparisons(strings.NewReader(text), "t.csv", 0.02)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		for i := range want {
			want[i].MinEffect = 0.02
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	plain := metric("value", "", results.Lower)
	check("plain", "benchmark,side,group,value\nb,base,1,10\nb,head,1,11\nb,base,2,12\nb,base,1,13\n",
		verdict.Pair{Benchmark: "b", Metric: plain, Base: [][]float64{{10, 13}, {12}}, Head: [][]float64{{11}}})
	check("no groups", "benchmark,side,group,value\nb,base,,10\nb,base,,11\nb,head,,12\n",
		verdict.Pair{Benchmark: "b", Metric: plain, Base: [][]float64{{10}, {11}}, Head: [][]float64{{12}}})
	check("mark, other order, windows, quotes, mixed", "\ufeffvalue,Side,benchmark,group\r\n1e1,base,\"a,\n\"\"b\"\"\",x\r\n2,head,c,y\r\n3,head,\"a,\n\"\"b\"\"\",x\r\n",
		verdict.Pair{Benchmark: "a,\n\"b\"", Metric: plain, Base: [][]float64{{10}}, Head: [][]float64{{3}}},
		verdict.Pair{Benchmark: "c", Metric: plain, Head: [][]float64{{2}}})
	check("metrics", "benchmark,side,group,value,metric,unit,better\nb,base,1,1,rate,B/s,higher\nb,base,1,2,time,sec,\n",
		verdict.Pair{Benchmark: "b", Metric: metric("rate", "B/s", results.Higher), Base: [][]float64{{1}}},
		verdict.Pair{Benchmark: "b", Metric: metric("time", "sec", results.Lower), Base: [][]float64{{2}}})
	got, err := ReadComparisons(strings.NewReader("benchmark,side,group,value\nb,base,1,\nb,base,2,Inf\nb,base,3,1e999\n"), "t.csv", 0.02)
	if err != nil || len(got) != 1 || !math.IsNaN(got[0].Base[0][0]) || !math.IsInf(got[0].Base[2][0], 1) {
		t.Errorf("missing and infinite: %v, %v", got, err)
	}
}

func TestMistakes(t *testing.T) {
	check := func(text, want string) {
		t.Helper()
		_, err := ReadComparisons(strings.NewReader(text), "t.csv", 0.02)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	check("", "t.csv:1:1: it is empty; begin with the header benchmark,side,group,value")
	check("benchmark,side,value\n", `t.csv:1:1: the header has no column "group"`)
	check("benchmark,side,group,vale\n", `t.csv:1:22: there is no column "vale"; the columns are benchmark, side`)
	check("benchmark,side,group,value,side\n", `t.csv:1:28: column "side" comes twice`)
	check("benchmark,side,group,value\n", "t.csv:2:1: it has no row below the header")
	check("benchmark,side,group,value\nb,base,1,2\nb,left,1,3\n", `t.csv:3:3: "left" is no side; give base or head`)
	check("benchmark,side,group,value\nb,base,1,two\n", `t.csv:2:10: "two" is no number`)
	check("benchmark,side,group,value\nb,base,1\n", "t.csv:2:1: the row has another number of cells than the header, which has 4")
	check("benchmark,side,group,value\nb,base,\"1,2\n", `t.csv:2:`)
	check("benchmark,side,group,value,better\nb,base,1,2,faster\n", `t.csv:2:12: "faster" is no direction`)
}

func TestReadSeries(t *testing.T) {
	got, err := ReadSeries(strings.NewReader("series,commit,value\na,c1,1\nb,c1,5\na,c2,\na,c3,3\n"), "t.csv")
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	a := got[0]
	if a.Name != "a" || fmt.Sprint(a.Values) != "[1 NaN 3]" || fmt.Sprint(a.Commits) != "[c1 c2 c3]" || a.Environments != nil || got[1].Values[0] != 5 {
		t.Errorf("%+v", got)
	}
	if _, err := ReadSeries(strings.NewReader("series,value\n"), "t.csv"); err == nil || !strings.Contains(err.Error(), "no row below the header") {
		t.Errorf("an empty table: %v", err)
	}
}

func FuzzReadComparisons(f *testing.F) {
	f.Add("benchmark,side,group,value\nb,base,1,10\nb,head,1,11\n")
	f.Add("\ufeffvalue,Side,benchmark,group\r\n1e1,base,\"a\",x\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		pairs, err := ReadComparisons(strings.NewReader(text), "f", 0.02)
		if (err == nil) != (len(pairs) > 0) {
			t.Errorf("%d pairs and %v", len(pairs), err)
		}
	})
}

func FuzzReadSeries(f *testing.F) {
	f.Add("series,value\na,1\n")
	f.Add("series,value,commit,environment\na,1,c,e\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadSeries(strings.NewReader(text), "f")
		for _, s := range list {
			if err == nil && (len(s.Commits) > 0 && len(s.Commits) != len(s.Values) || len(s.Environments) > 0 && len(s.Environments) != len(s.Values)) {
				t.Errorf("%+v", s)
			}
		}
	})
}
