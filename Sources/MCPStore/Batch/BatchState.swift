/// What a ``BatchRun`` knows: how many calls are in flight, and the answers that wait to be taken. A state machine without I/O.
struct BatchState {
    /// What the taker gets.
    enum Taken {
        case answer(BatchAnswer)
        case nothing
        case failure(any Error)
        case end
    }

    /// Answers that wait to be taken, by their turn.
    private var ready: [Int: BatchAnswer] = [:]
    /// Of their results.
    private var bytes = 0
    /// The next turn that is taken, and that an answer gets where the order is that of the ends.
    private var nextTaken = 0
    private var nextReady = 0
    /// Calls that were begun.
    var begun = 0
    /// Why no more calls were read: thrown behind the last answer.
    var readError: (any Error)?
    /// Why the batch cannot go on: thrown at once.
    var failure: (any Error)?
    /// All was read and has ended.
    var isOver = false
    /// Nobody waits for what is in flight any more.
    var isLeft = false
    /// Calls that wait outside are not queued any more.
    var isStopped = false
    /// Calls that wait outside, and those that were dropped there.
    var outside = 0
    var dropped = 0
    /// The task that reads, while it waits for a place.
    var reader: CheckedContinuation<Void, Never>?
    /// Who takes answers, while there is none.
    var taker: CheckedContinuation<Void, Never>?

    /// Calls in flight and answers that nobody has taken.
    var unanswered: Int { begun - nextTaken }

    /// Those that are queued or run, as far as is known.
    var inFlight: Int { max(unanswered - outside - dropped, 0) }

    /// Whether no more calls are read.
    var isEnded: Bool { isLeft || failure != nil || dropped > 0 }

    var hasReady: Bool { ready[nextTaken] != nil }

    /// Whether ``take()`` has something to say.
    var hasNews: Bool { isLeft || hasReady || failure != nil || isOver }

    /// Whether one more call may be in flight.
    func isFree(_ inFlight: Int) -> Bool {
        unanswered < inFlight && (ready.isEmpty || bytes < BatchOptions.mostWaitingBytes)
    }

    /// A call has its answer.
    ///
    /// - Parameter inOrder: Whether it is to be taken in the order of the calls.
    mutating func add(_ answer: BatchAnswer, inOrder: Bool) {
        let turn = inOrder ? answer.index : nextReady
        nextReady += 1
        ready[turn] = turn == nextTaken ? answer : answer.detached()
        bytes += answer.size
    }

    mutating func take() -> Taken {
        if isLeft { return .end }
        if let answer = ready.removeValue(forKey: nextTaken) {
            nextTaken += 1
            bytes -= answer.size
            return .answer(answer)
        }
        if let failure { return .failure(failure) }
        guard isOver else { return .nothing }
        return readError.map { .failure($0) } ?? .end
    }
}
