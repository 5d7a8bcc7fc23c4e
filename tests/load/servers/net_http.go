// Go's net/http.
package main

import (
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
)

func main() {
	answer := func(body string) http.HandlerFunc {
		octets := []byte(body)
		return func(writer http.ResponseWriter, _ *http.Request) {
			writer.Header().Set("Content-Type", "text/plain")
			// It does not say the length of a long body by itself.
			writer.Header().Set("Content-Length", strconv.Itoa(len(octets)))
			writer.Write(octets)
		}
	}
	http.HandleFunc("/hello", answer("Hello, World!"))
	http.HandleFunc("/large", answer(strings.Repeat("x", 6150)))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
