//go:build ignore

// Readers asks for the pages of a box's socket and prints how long each kind of page took:
// go run readers.go SOCKET SECONDS TURN. For so long fifty ask at once, in every second turn
// of so many seconds (see recorder.go); for 0 seconds one asks for each page, one after the
// other, of which a daemon that just began makes every one.
// Readers are elsewhere in life: what costs their machines is left out as far as it can be.
package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const readers = 50

// asker notes how long each answer took, by the kind of its page.
type asker struct {
	client *http.Client
	mu     sync.Mutex
	took   map[string][]time.Duration
	failed int
}

func main() {
	seconds, _ := strconv.Atoi(os.Args[2])
	a := asker{took: map[string][]time.Duration{}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers, DisableCompression: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", os.Args[1])
	}}}}
	pages, opened := a.find()
	if seconds == 0 {
		for _, page := range pages {
			if !opened[page] {
				a.ask(page)
			}
		}
	} else {
		clear(a.took)
		turn, _ := strconv.ParseInt(os.Args[3], 10, 64)
		a.crowd(pages, time.Now().Add(time.Duration(seconds)*time.Second), turn)
	}
	a.print()
}

// crowd asks for any of the pages, fifty readers at once, each of whom also looks.
func (a *asker) crowd(pages []string, end time.Time, turn int64) {
	var group sync.WaitGroup
	for range readers {
		group.Go(func() {
			for time.Now().Before(end) {
				if time.Now().Unix()/turn%2 == 1 {
					a.ask(pages[rand.IntN(len(pages))])
				}
				time.Sleep(time.Duration(rand.IntN(1000)) * time.Millisecond)
			}
		})
	}
	group.Wait()
}

func (a *asker) print() {
	fmt.Printf("%-14s  %8s  %10s  %10s\n", "page", "answers", "median ms", "p99 ms")
	for _, kind := range slices.Sorted(maps.Keys(a.took)) {
		all := a.took[kind]
		slices.Sort(all)
		fmt.Printf("%-14s  %8d  %10.1f  %10.1f\n", kind, len(all), ms(all[len(all)/2]), ms(all[len(all)*99/100]))
	}
	fmt.Printf("%d answers were not pages\n", a.failed)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ask returns a page, and notes how long it took.
func (a *asker) ask(page string) string {
	start := time.Now()
	text, err := a.get(page)
	a.mu.Lock()
	defer a.mu.Unlock()
	kind, _, _ := strings.Cut(page, "/")
	a.took[kind] = append(a.took[kind], time.Since(start))
	if err != nil {
		a.failed++
	}
	return text
}

func (a *asker) get(page string) (string, error) {
	request, err := http.NewRequest(http.MethodGet, "http://box/"+page, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := a.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", page, response.Status)
	}
	return string(text), err
}

var link = regexp.MustCompile(`href="((?:\.\./)?[a-z]+/[^"#:]+\.html)"`)

// expand is the text of a page that may be compressed.
func expand(page string) string {
	r, err := gzip.NewReader(strings.NewReader(page))
	if err != nil {
		return page
	}
	text, _ := io.ReadAll(r)
	return string(text)
}

// find follows the links of the overview, and of all parts of the suites: some pages of
// each kind.
func (a *asker) find() (pages []string, opened map[string]bool) {
	pages, opened = []string{"index.html", "sure.html", "compare.html"}, map[string]bool{}
	seen, perKind := map[string]bool{}, map[string]int{}
	for i := 0; i < len(pages); i++ {
		if strings.Contains(pages[i], "/") && !strings.HasPrefix(pages[i], "suites/") {
			continue
		}
		opened[pages[i]] = true
		for _, found := range link.FindAllStringSubmatch(expand(a.ask(pages[i])), -1) {
			page := strings.TrimPrefix(found[1], "../")
			kind, _, _ := strings.Cut(page, "/")
			if !seen[page] && perKind[kind] < 200 {
				seen[page], perKind[kind] = true, perKind[kind]+1
				pages = append(pages, page)
			}
		}
	}
	return pages, opened
}
