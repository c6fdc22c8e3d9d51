package browsertest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long a browser on a busy machine may take for one step.
const patience = 30 * time.Second

// shared is the browser of this test binary, started by whoever opens the first
// page.
var shared struct {
	once    sync.Once
	ctx     context.Context
	err     error
	inMain  bool
	cleanup []func()
}

// Main runs the tests and ends the browser after them. It returns the exit code.
func Main(m *testing.M) int {
	shared.inMain = true
	code := m.Run()
	for _, end := range shared.cleanup {
		end()
	}
	return code
}

// browser returns the context of the running browser.
func browser() (context.Context, error) {
	shared.once.Do(func() { shared.ctx, shared.err = start() })
	return shared.ctx, shared.err
}

func start() (context.Context, error) {
	if !shared.inMain {
		return nil, errors.New("nobody would end the browser: call browsertest.Main in TestMain")
	}
	program, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errors.New("chromium is not installed: .ci/setup does it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-pings", true),
		chromedp.DisableGPU,
	)
	if os.Geteuid() == 0 { // its sandbox refuses root
		options = append(options, chromedp.NoSandbox)
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(allocated)
	shared.cleanup = []func(){closeBrowser, stop}
	return ctx, chromedp.Do(ctx)
}
