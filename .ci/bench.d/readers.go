//go:build ignore

// Readers asks for the pages of a box's socket, fifty at once, and prints how long each
// kind of page took: go run readers.go SOCKET SECONDS.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
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

func main() {
	seconds, _ := strconv.Atoi(os.Args[2])
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", os.Args[1])
	}}}
	pages := find(client)
	took := map[string][]time.Duration{}
	failed := 0
	var mu sync.Mutex
	var group sync.WaitGroup
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for range readers {
		group.Go(func() {
			for time.Now().Before(end) {
				page := pages[rand.IntN(len(pages))]
				start := time.Now()
				code := get(client, page, nil)
				mu.Lock()
				kind, _, _ := strings.Cut(page, "/")
				took[kind] = append(took[kind], time.Since(start))
				if code != http.StatusOK {
					failed++
				}
				mu.Unlock()
				time.Sleep(time.Duration(rand.IntN(1000)) * time.Millisecond) // who reads also looks
			}
		})
	}
	group.Wait()
	fmt.Printf("%-14s  %8s  %10s  %10s\n", "page", "answers", "median ms", "p99 ms")
	kinds := []string{}
	for kind := range took {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		all := took[kind]
		slices.SortFunc(all, func(a, b time.Duration) int { return cmp.Compare(a, b) })
		fmt.Printf("%-14s  %8d  %10.1f  %10.1f\n", kind, len(all), ms(all[len(all)/2]), ms(all[len(all)*99/100]))
	}
	fmt.Printf("%d answers were not pages\n", failed)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func get(client *http.Client, page string, into *string) int {
	response, err := client.Get("http://box/" + page)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if into != nil {
		*into = string(text)
	}
	if err != nil {
		return 0
	}
	return response.StatusCode
}

var link = regexp.MustCompile(`href="((?:\.\./)?[a-z]+/[^"#:]+\.html)"`)

// find follows the links of the overview and of the suites: a few pages of each kind.
func find(client *http.Client) []string {
	pages, seen, perKind := []string{"index.html", "sure.html", "compare.html"}, map[string]bool{}, map[string]int{}
	for i := 0; i < len(pages) && i < 40; i++ {
		text := ""
		get(client, pages[i], &text)
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			page := strings.TrimPrefix(found[1], "../")
			kind, _, _ := strings.Cut(page, "/")
			if !seen[page] && perKind[kind] < 200 {
				seen[page], perKind[kind] = true, perKind[kind]+1
				pages = append(pages, page)
			}
		}
	}
	return pages
}
