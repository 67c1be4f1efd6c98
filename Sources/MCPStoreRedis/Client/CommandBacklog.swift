import DequeModule
import NIOCore

/// Commands that wait to be written, oldest first. No I/O; the bound is kept by ``CommandInbox``.
struct CommandBacklog {
    private var commands = Deque<QueuedCommand>()
    private(set) var bytes = 0

    var count: Int { self.commands.count }
    var isEmpty: Bool { self.commands.isEmpty }

    /// The earliest deadline of all.
    var nextDeadline: NIODeadline? { self.commands.lazy.map(\.deadline).min() }

    mutating func append(_ command: QueuedCommand) {
        self.bytes += command.queuedBytes
        self.commands.append(command)
    }

    mutating func popFirst() -> QueuedCommand? {
        guard let command = self.commands.popFirst() else { return nil }
        self.bytes -= command.queuedBytes
        return command
    }

    /// Takes out one command, if it is here.
    mutating func remove(id: UInt64) -> QueuedCommand? {
        // Ids grow along the queue.
        var position = 0
        var end = self.commands.count
        while position < end {
            let middle = (position + end) / 2
            if self.commands[middle].id < id { position = middle + 1 } else { end = middle }
        }
        guard position < self.commands.count, self.commands[position].id == id else { return nil }
        let command = self.commands.remove(at: position)
        self.bytes -= command.queuedBytes
        return command
    }

    /// Takes out all commands whose deadline has passed.
    mutating func removeExpired(now: NIODeadline) -> [QueuedCommand] {
        guard let next = self.nextDeadline, next <= now else { return [] }
        let expired = self.commands.filter { $0.deadline <= now }
        self.commands.removeAll { $0.deadline <= now }
        for command in expired { self.bytes -= command.queuedBytes }
        return Array(expired)
    }

    /// Takes out everything.
    mutating func removeAll() -> [QueuedCommand] {
        defer {
            self.commands.removeAll()
            self.bytes = 0
        }
        return Array(self.commands)
    }
}
