package verdict

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"mtrlz.dev/perfrun/results"
)

func TestAgainstIndependentlyComputedStatistics(t *testing.T) {
	text, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var pairs []struct {
		Name    string
		X, Y    []float64
		Exact   float64 `json:"mannwhitney_exact"`
		MedianX float64 `json:"median_x"`
		MedianY float64 `json:"median_y"`
		SDX     float64 `json:"sd_x"`
		MeanX   float64 `json:"mean_x"`
	}
	if err := json.Unmarshal(text, &pairs); err != nil || len(pairs) == 0 {
		t.Fatalf("%d pairs, %v", len(pairs), err)
	}
	for _, pair := range pairs {
		check := func(what string, got, want float64) {
			t.Helper()
			if math.Abs(got-want) > 1e-9*math.Abs(want) {
				t.Errorf("%s: %s is %v, want %v", pair.Name, what, got, want)
			}
		}
		x, y := summarize(pair.X), summarize(pair.Y)
		check("exact p", rankTest(pair.X, pair.Y), pair.Exact)
		check("median of x", x.Median, pair.MedianX)
		check("median of y", y.Median, pair.MedianY)
		check("CV of x", x.CV, pair.SDX/pair.MeanX)
	}
}

// pairsOf reads pairs of one version against itself.
func pairsOf(t *testing.T, file string) (pairs []*[2][]float64) {
	t.Helper()
	raw, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	unzipped, err := gzip.NewReader(raw)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	index := map[string]*[2][]float64{}
	valueAt := len(rows[0]) - 1
	if rows[0][valueAt] == "unit" {
		valueAt--
	}
	for _, row := range rows[1:] {
		pair := index[row[0]]
		if pair == nil {
			pair = &[2][]float64{}
			index[row[0]] = pair
			pairs = append(pairs, pair)
		}
		value, err := strconv.ParseFloat(row[valueAt], 64)
		if err != nil {
			t.Fatal(err)
		}
		side := 0
		if row[1] == string(results.Head) {
			side = 1
		}
		pair[side] = append(pair[side], value)
	}
	return pairs
}

// TestFalseAlarmsAndPowerOnRealData judges pairs that are the same by
// construction, and the same pairs with head slowed down. The bounds leave room
// for a rule that changes for good reasons, not for a broken one.
func TestFalseAlarmsAndPowerOnRealData(t *testing.T) {
	file := "testdata/sap_aa.csv.gz"
	if other := os.Getenv("PERFRUN_AA_DATA"); other != "" {
		file = other // the whole set
	}
	pairs := pairsOf(t, file)
	count := func(slowdown float64) (alarms, regressions, covered int) {
		for _, pair := range pairs {
			c := Judge(recordOf(wall, pair[0], scaled(pair[1], slowdown)))[0]
			if c.Verdict == Regression || c.Verdict == Improvement {
				alarms++
			}
			if c.Verdict == Regression {
				regressions++
			}
			if c.Low <= slowdown-1 && slowdown-1 <= c.High {
				covered++
			}
		}
		return alarms, regressions, covered
	}
	all := float64(len(pairs))
	alarms, _, covered := count(1)
	t.Logf("%d pairs: false alarms %.2f %%, interval covers %.1f %%", len(pairs), 100*float64(alarms)/all, 100*float64(covered)/all)
	if float64(alarms) > 0.01*all || float64(covered) < 0.90*all {
		t.Errorf("of %d equal pairs %d raise an alarm, and the interval holds zero in %d", len(pairs), alarms, covered)
	}
	for slowdown, least := range map[float64]float64{1.02: 0.05, 1.05: 0.55, 1.10: 0.80} {
		_, found, _ := count(slowdown)
		t.Logf("x%.2f: found %.1f %%", slowdown, 100*float64(found)/all)
		if float64(found) < least*all {
			t.Errorf("of %d pairs slowed by %.2f only %d are found", len(pairs), slowdown, found)
		}
	}
}
