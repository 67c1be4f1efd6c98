import LoadDriver

/// What is called, and how it is let go.
protocol TestTarget: LoadTarget {
    func close() async
}
