/// The ways in which the server can be told to break the rules once it serves.
struct Misbehaviour: Sendable {
    /// Answers to tools/call carry an id that nobody asked with.
    var answersWithWrongID = false
    /// tools/call is read and never answered.
    var hangs = false
    /// A cancelled call runs on and is answered all the same.
    var answersLate = false
    /// tools/call is answered twice.
    var answersTwice = false
    /// Log notifications sent each second to whoever listens.
    var floodPerSecond = 0
    /// The end of the input does not end the process.
    var ignoresEndOfInput = false
    /// Where it looks for what to do wrong next.
    var orders: Orders?
}
