using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests;

public sealed partial class ReleaseTests
{
    private const string OwnLine = "Printed by our own template";

    [Fact]
    public async Task The_archive_alone_signs_up_a_reader_and_sends_a_digest_by_an_own_template()
    {
        using var publication = new PublicationFixture(smtpPort: 1);
        var outbox = Directory.CreateDirectory(Path.Combine(publication.Folder, "outbox")).FullName;
        await publication.SeedAsync(2, Cancellation);
        using var systemd = new NotifySocket(publication.Folder);
        var settings = Settings(publication, outbox, systemd);
        await GiveAwayAsync(publication.Folder);

        await using var server = ServerProcess.StartAlone(Program, publication.Folder, settings, "serve");
        Assert.Equal("READY=1", await systemd.NextAsync(Cancellation));
        var address = await server.AddressAsync(Cancellation);
        Assert.Equal("WATCHDOG=1", await systemd.NextAsync(Cancellation));
        Assert.Equal("WATCHDOG=1", await systemd.NextAsync(Cancellation));

        await server.LineAsync("closed: 2 of 2 sent", Cancellation);
        var digests = Mails(outbox);
        Assert.Equal(2, digests.Count);
        Assert.All(digests, mail => Assert.Contains(OwnLine, mail.HtmlBody, StringComparison.Ordinal));
        Assert.DoesNotContain(OwnLine, digests[0].TextBody, StringComparison.Ordinal);

        var confirmation = await SignUpAsync(address, "new@example.org", outbox);
        Assert.Equal("new@example.org", confirmation.To.Mailboxes.Single().Address);
        using var http = new HttpClient { BaseAddress = address };
        using var confirmed = await http.PostAsync(
            Link(confirmation, "/confirm/"), new FormUrlEncodedContent(new Dictionary<string, string>()), Cancellation);
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);

        await using (var health = ServerProcess.StartAlone(
            Program, publication.Folder, settings, "health", "--url", address.ToString()))
        {
            Assert.Equal(0, await health.EndAsync(Cancellation));
            Assert.StartsWith("ready", health.Output, StringComparison.Ordinal);
        }

        var stopped = server.StopAsync(Cancellation);
        Assert.Equal("STOPPING=1", (await systemd.UntilOtherAsync(Cancellation))[^1]);
        Assert.Equal(0, await stopped);
    }

    /// <summary>A pickup folder, a template that was copied from the archive and changed, and the variables of systemd.</summary>
    private Dictionary<string, string> Settings(PublicationFixture publication, string outbox, NotifySocket systemd)
    {
        var templates = Directory.CreateDirectory(Path.Combine(publication.Folder, "templates")).FullName;
        var story = File.ReadAllText(Path.Combine(release.Folder, "templates", "_Story.cshtml"));
        File.WriteAllText(Path.Combine(templates, "_Story.cshtml"), story + $"\n<p>{OwnLine}</p>\n");
        return new Dictionary<string, string>(publication.Settings.Where(one => !one.Key.StartsWith("Mail__", StringComparison.Ordinal)))
        {
            ["Mail__From"] = "courier@example.com",
            ["Mail__PickupFolder"] = outbox,
            ["Mail__TemplatesFolder"] = templates,
            ["SignUp__MinimumSeconds"] = "0",
            ["NOTIFY_SOCKET"] = systemd.Path,
            ["WATCHDOG_USEC"] = "600000",
        };
    }

    private static async Task GiveAwayAsync(string folder)
    {
        if (Environment.IsPrivilegedProcess)
        {
            await Tool.SucceedAsync("chown", "-R", $"{ServerProcess.Nobody}:{ServerProcess.Nobody}", folder);
        }
    }

    /// <summary>Signs up as a script on the publisher's page does; returns the mail that follows.</summary>
    private static async Task<MimeMessage> SignUpAsync(Uri address, string reader, string outbox)
    {
        using var http = new HttpClient { BaseAddress = address };
        var question = await http.GetFromJsonAsync<JsonElement>("signup.json?lang=en", Cancellation);
        var answer = Number().Matches(question.GetProperty("sum").GetString()!)
            .Sum(match => int.Parse(match.Value, CultureInfo.InvariantCulture));
        var check = question.GetProperty("check").GetString();

        var arrived = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(outbox, "*.eml");
        watcher.Renamed += (_, file) => arrived.TrySetResult(file.FullPath);
        watcher.Created += (_, file) => arrived.TrySetResult(file.FullPath);
        watcher.EnableRaisingEvents = true;
        using var reply = await http.PostAsJsonAsync(
            "signup.json", new { email = reader, check, answer, language = "en" }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        return await MimeMessage.LoadAsync(await arrived.Task.WaitAsync(TimeSpan.FromMinutes(2), Cancellation), Cancellation);
    }

    private static List<MimeMessage> Mails(string outbox) =>
        [.. Directory.GetFiles(outbox, "*.eml").Select(path => MimeMessage.Load(path))];

    private static string Link(MimeMessage mail, string path) => (mail.TextBody ?? "").Split('\n', ' ').Select(word => word.Trim())
        .First(word => word.StartsWith(PublicationFixture.BaseUrl + path, StringComparison.Ordinal))[PublicationFixture.BaseUrl.Length..];

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
