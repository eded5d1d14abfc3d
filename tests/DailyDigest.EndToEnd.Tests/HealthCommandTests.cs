using System.Net;
using System.Net.Sockets;
using System.Text;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Server.Commands;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary><c>health</c>, as a container's health check calls it.</summary>
public sealed class HealthCommandTests : IDisposable
{
    private readonly PublicationFixture publication = new(smtpPort: 1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task A_serving_program_is_ready_and_one_that_was_stopped_is_not()
    {
        await using (var app = await publication.StartAsync(Cancellation))
        {
            var (code, output, error) = await HealthAsync(PublicationFixture.AddressOf(app));
            Assert.Equal((0, ""), (code, error));
            Assert.StartsWith("ready", output, StringComparison.Ordinal);
        }

        using var port = new ClosedPort();
        var closed = $"http://127.0.0.1:{port.Number}";
        var (after, _, why) = await HealthAsync(closed);
        Assert.Equal(1, after);
        Assert.StartsWith($"{closed}/readyz does not answer: ", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 X\r\nContent-Length: 67\r\n\r\n{\"status\":\"storage is out of reach\",\"alerts\":[{\"alert\":\"storage\"}]}",
        "storage is out of reach; alerts: storage\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "readyz answered 200, but not as DailyDigest does.\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "readyz answered 200, but not as DailyDigest does.\n")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
        "readyz answered 302, but not as DailyDigest does.\n")]
    [InlineData("no HTTP at all\r\n\r\n", "readyz does not answer: ")]
    public async Task Any_other_answer_is_a_fault(string answer, string expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answered = AnswerAsync(listener, answer);

        var (code, output, error) = await HealthAsync($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

        await answered;
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5090", "http://127.0.0.1:5090/")]
    [InlineData("http://+:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://*:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/")]
    [InlineData("http://localhost:5000", "http://127.0.0.1:5000/")]
    [InlineData("http://digest.example.com:8080", "http://127.0.0.1:8080/")]
    [InlineData("https://+:8443; http://+:8080", "http://127.0.0.1:8080/")]
    [InlineData("https://+:8443", null)]
    [InlineData("http://127.0.0.1:0", null)]
    [InlineData("http://unix:/run/digest.sock", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    public void The_address_is_the_first_over_http_as_this_machine_reaches_it(string urls, string? address) =>
        Assert.Equal(address, HealthCommand.FindAddress(urls)?.ToString());

    [Fact]
    public async Task Without_an_address_the_command_names_the_setting()
    {
        // The publication's Urls has port 0.
        var (code, _, error) = await CommandsTests.RunAsync(publication, ["health"]);

        Assert.Equal(2, code);
        Assert.Equal("Neither --url nor Urls has an HTTP address with a port, such as http://127.0.0.1:5000.\n", error);
    }

    private Task<(int Code, string Output, string Error)> HealthAsync(string url) =>
        CommandsTests.RunAsync(publication, ["health", "--url", url]);

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync(Cancellation);
        await using var stream = client.GetStream();
        await stream.ReadAtLeastAsync(new byte[64], 1, cancellationToken: Cancellation);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), Cancellation);
    }
}
