package results

// History is a series in columns, for charts of many points: element i of each
// belongs to point i.
type History struct {
	Series       Series
	Values       []float64
	Lows         []float64 // quartiles
	Highs        []float64
	N            []int
	Environment  []int     // index into Environments
	Environments []string  // each once
	Sources      []*Source // shared by histories: not to be changed
	Unreadable   int       // points that are there and cannot be read
}

// Source is the run that a point comes from, and the commit that it measured.
type Source struct {
	Run    string
	Side   Side
	Commit Commit
}

// NewHistory puts points into columns, in their order.
func NewHistory(series Series, points []Point) History {
	h := History{Series: series}
	at := map[string]int{}
	for _, p := range points {
		environment, known := at[p.Environment]
		if !known {
			environment = len(h.Environments)
			at[p.Environment], h.Environments = environment, append(h.Environments, p.Environment)
		}
		h.Environment, h.N = append(h.Environment, environment), append(h.N, p.N)
		h.Values, h.Lows, h.Highs = append(h.Values, p.Value), append(h.Lows, p.Low), append(h.Highs, p.High)
		h.Sources = append(h.Sources, &Source{p.Run, p.Side, p.Commit})
	}
	return h
}

// Point returns point i by itself.
func (h *History) Point(i int) Point {
	from := h.Sources[i]
	return Point{
		Series: h.Series, Run: from.Run, Side: from.Side, Commit: from.Commit, Environment: h.Environments[h.Environment[i]],
		Value: h.Values[i], Low: h.Lows[i], High: h.Highs[i], N: h.N[i],
	}
}

// Points are all points, each by itself.
func (h *History) Points() []Point {
	list := make([]Point, len(h.Values))
	for i := range list {
		list[i] = h.Point(i)
	}
	return list
}
