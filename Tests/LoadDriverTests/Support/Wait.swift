import Testing

/// Lets other tasks run until it is so. The deadline bounds a failure only.
func wait(_ what: Comment, until isSo: () -> Bool) async {
    let deadline = ContinuousClock.now + .seconds(30)
    while !isSo() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what)
            return
        }
        await Task.yield()
    }
}

let millisecond: UInt64 = 1_000_000
let second: UInt64 = 1_000_000_000
