/// The arguments of one command, in buffers that are used again and again: static text by its address, all else as a copy, so
/// that nothing has to outlive the call that adds it.
struct FloorCommandLine {
    private var arguments: [UnsafePointer<CChar>?] = []
    private var lengths: [Int] = []
    private var copies: [UInt8] = []
    /// For each copied argument where it begins: its address is known when the copies no longer move.
    private var starts: [(argument: Int, offset: Int)] = []

    mutating func clear() {
        arguments.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        copies.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
    }

    mutating func add(_ text: StaticString) {
        text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount) { arguments.append($0) }
        lengths.append(text.utf8CodeUnitCount)
    }

    mutating func add(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { add($0) }
    }

    /// Adds a number's digits.
    mutating func add(_ number: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var at = digits.count
            repeat {
                at -= 1
                digits[at] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            add(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[at...]))
        }
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        starts.append((arguments.count, copies.count))
        arguments.append(nil)
        lengths.append(bytes.count)
        copies.append(contentsOf: bytes)
    }

    mutating func withArguments(
        _ body: (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>, UnsafePointer<Int>) -> Void
    ) {
        copies.withUnsafeBytes { copies in
            let text = copies.assumingMemoryBound(to: CChar.self).baseAddress
            for (argument, offset) in starts { arguments[argument] = text.map { $0 + offset } }
            arguments.withUnsafeMutableBufferPointer { arguments in
                lengths.withUnsafeBufferPointer { lengths in
                    guard let first = arguments.baseAddress, let length = lengths.baseAddress else { return }
                    body(Int32(arguments.count), first, length)
                }
            }
        }
    }
}
