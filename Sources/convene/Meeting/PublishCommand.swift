import App
import ArgumentParser

struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Send a camera and a microphone, a file, or a test pattern into a room.",
        discussion: """
            Without flags the first camera and microphone are sent; without a camera, sound only. Everything is opened before
            the room is entered: what cannot be sent is told, and nobody sees you come and go.

            EXAMPLES
              convene publish convene://localhost/standup --name Ada
              convene publish convene://localhost/standup --name Ada --camera /dev/video0 --size 1280x720 --rate 30
              convene publish convene://localhost/standup --name Clip --file talk.mp4 --loop
              convene publish convene://localhost/test --name Bot --test-pattern --tone --duration 20
            """)

    @OptionGroup var room: RoomOptions
    @OptionGroup(title: "What is sent") var source: SourceOptions

    func validate() throws {
        guard !(source.noVideo && source.noAudio) else {
            throw ValidationError("With --no-video and --no-audio nothing is left.")
        }
    }

    func run() async throws {
        try await Publish.run(
            room.access, options: source.publishOptions)
    }
}
