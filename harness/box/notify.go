package box

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// Notify tells the service manager how the daemon is (sd_notify(3)): "READY=1",
// "STOPPING=1", "STATUS=...". Without one it does nothing.
func Notify(state string) error {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	if socket[0] == '@' { // in the abstract namespace
		socket = "\x00" + socket[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	defer conn.Close()
	_, err = conn.Write([]byte(state))
	return err
}

// Watchdog tells the service manager that the daemon lives, as often as it wants to
// know, for as long as alive does not say otherwise. It returns at once where nobody
// wants to know.
func Watchdog(ctx context.Context, alive func(context.Context) error) error {
	us, err := strconv.Atoi(os.Getenv("WATCHDOG_USEC"))
	if err != nil || us <= 0 {
		return nil
	}
	every := time.Duration(us) * time.Microsecond / 3
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		check, cancel := context.WithTimeout(ctx, every)
		err := alive(check)
		cancel()
		if err == nil {
			err = Notify("WATCHDOG=1")
		}
		if err != nil && ctx.Err() == nil {
			_ = Notify("STATUS=" + err.Error()) // and let the watchdog bite
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
