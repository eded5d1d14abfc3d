using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Testing.Services;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// Readers and an owner of the desk while two versions serve one store: each step at the other machine. A load balancer does the same.
/// </summary>
public sealed partial class RollingReadersTests
{
    private const string Password = "a long enough word of mine";

    /// <summary>Settings that the earlier versions do not know.</summary>
    private static readonly Dictionary<string, string> Newer = new()
    {
        ["Mailbox__Host"] = "127.0.0.1",
        ["Mailbox__Port"] = "1",
        ["Mailbox__User"] = "bounces",
        ["Mailbox__Password"] = "secret",
        ["Mail__Bounces"] = "bounces@example.com",
        ["Mail__PerHour"] = "100000",
        ["Metrics__Prometheus"] = "true",
        ["Server__LogFormat"] = "text",
        ["SignUp__MinimumSeconds"] = "0",
    };

    private readonly Dictionary<string, string> cookies = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("651e9cf", true)]
    [InlineData("0ce882d", false)]
    public async Task Each_step_is_taken_at_the_machine_of_the_other_version(string commit, bool hasDesk)
    {
        if (!KillFixture.Long)
        {
            return;
        }

        var program = await EarlierProgram.BuildAsync(commit);
        await using var azurite = await Azurite.StartAsync(Cancellation);
        await using var fixture = await KillFixture.StartAsync(2, TimeSpan.Zero, Cancellation, azurite, realClock: true);
        foreach (var (name, value) in Newer)
        {
            fixture.Settings[name] = value;
        }

        await using var earlier = fixture.StartProgram(program, "serve");
        await using var present = fixture.StartServer("serve");
        using var old = Client(await earlier.AddressAsync(Cancellation));
        using var now = Client(await present.AddressAsync(Cancellation));

        await SubscribeAsync(fixture, old, now, "old-first@example.org");
        await SubscribeAsync(fixture, now, old, "new-first@example.org");
        if (hasDesk)
        {
            await VisitDeskAsync(await InviteAsync(fixture.StartServer("desk", "invite", "ada@example.com", "--role", "owner")), old, now);
            cookies.Clear();
            var invite = fixture.StartProgram(program, "desk", "invite", "eve@example.com", "--role", "owner");
            await VisitDeskAsync(await InviteAsync(invite), now, old);
        }

        Assert.Equal(0, await earlier.StopAsync(Cancellation));
        Assert.Equal(0, await present.StopAsync(Cancellation));
    }

    /// <summary>Form, answer, confirmation, preferences and leaving, in turn at the one and at the other.</summary>
    private async Task SubscribeAsync(KillFixture fixture, HttpClient one, HttpClient other, string address)
    {
        var form = await GetAsync(one, "/");
        var sum = Sum().Match(WebUtility.HtmlDecode(form));
        var answer = sum.Groups.Values.Skip(1).Sum(number => int.Parse(number.Value, CultureInfo.InvariantCulture));
        await PostAsync(
            other, "/signup", HttpStatusCode.OK,
            ("email", address), ("check", Check().Match(form).Groups[1].Value), ("answer", $"{answer}"));
        var mail = await MailAsync(fixture, address);
        var confirm = ReadersFixture.LinkIn(mail, "/confirm/");
        await GetAsync(one, confirm);
        var welcome = await PostAsync(other, confirm, HttpStatusCode.OK);
        var preferences = WebUtility.HtmlDecode(Preferences().Match(welcome).Groups[1].Value);

        await GetAsync(one, preferences);
        var saved = await PostAsync(one, preferences, HttpStatusCode.OK, ("zone", "Asia/Tokyo"), ("hour", "9"), ("language", "en"));
        Assert.Contains("Asia/Tokyo", saved, StringComparison.Ordinal);
        Assert.Matches("<option value=\"9\" selected", await GetAsync(other, preferences));
    }

    /// <summary>An account by invitation, its session and a form, in turn at the one and at the other.</summary>
    private async Task VisitDeskAsync(string invitation, HttpClient one, HttpClient other)
    {
        var form = await GetAsync(one, invitation);
        await PostAsync(
            other, invitation, HttpStatusCode.SeeOther, ("token", Field(form, "token")), ("name", "Ada"), ("password", Password));
        Assert.Contains("Ada", await GetAsync(one, "/desk/profile"), StringComparison.Ordinal);
        var profile = await GetAsync(other, "/desk/profile");
        await PostAsync(
            one, "/desk/profile", HttpStatusCode.SeeOther,
            ("token", Field(profile, "token")), ("version", Field(profile, "version")), ("name", "Ada Byron"));
        Assert.Contains("Ada Byron", await GetAsync(other, "/desk/profile"), StringComparison.Ordinal);
        foreach (var page in new[] { "/desk/today", "/desk/runs", "/desk/readers", "/desk/accounts", "/desk/audit", "/desk/figures" })
        {
            await GetAsync(one, page);
            await GetAsync(other, page);
        }
    }

    private static async Task<string> InviteAsync(ServerProcess invite)
    {
        await using var process = invite;
        Assert.True(await process.EndAsync(Cancellation) == 0, process.Output);
        return ReadersFixture.PathOf(process.Output.Split('\n').First(
            line => line.StartsWith(PublicationFixture.BaseUrl, StringComparison.Ordinal)).Trim());
    }

    private static async Task<MimeMessage> MailAsync(KillFixture fixture, string address)
    {
        for (var count = 1; ; count++)
        {
            if ((await fixture.Smtp.WaitForAsync(count, Cancellation)).FirstOrDefault(mail => mail.To.Contains(address)) is { } mail)
            {
                return await MimeMessage.LoadAsync(new MemoryStream(mail.Raw), Cancellation);
            }

            count = fixture.Smtp.Messages.Count;
        }
    }

    private static HttpClient Client(Uri address) => new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = address,
    };

    private async Task<string> GetAsync(HttpClient client, string path) => await AskAsync(client, HttpMethod.Get, path, HttpStatusCode.OK);

    private Task<string> PostAsync(
        HttpClient client, string path, HttpStatusCode expected, params (string Name, string Value)[] fields) =>
        AskAsync(client, HttpMethod.Post, path, expected, fields);

    private async Task<string> AskAsync(
        HttpClient client, HttpMethod method, string path, HttpStatusCode expected, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Accept", "text/html");
        request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies.Select(one => $"{one.Key}={one.Value}")));
        request.Content = method == HttpMethod.Post
            ? new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))) : null;
        using var answer = await client.SendAsync(request, Cancellation);
        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
        {
            var pair = cookie.Split(';')[0].Split('=', 2);
            cookies[pair[0]] = pair[1];
        }

        var body = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(
            answer.StatusCode == expected,
            $"{method} {client.BaseAddress}{path}: {(int)answer.StatusCode} {answer.Headers.Location}\n{body}");
        return body;
    }

    private static string Field(string page, string name) =>
        WebUtility.HtmlDecode(Regex.Match(page, $"name=\"{name}\" value=\"([^\"]+)\"").Groups[1].Value);

    [GeneratedRegex("class=\"sum\"[^>]*>([0-9]+) \\+ ([0-9]+)")]
    private static partial Regex Sum();

    [GeneratedRegex("name=\"check\" value=\"([^\"]+)\"")]
    private static partial Regex Check();

    [GeneratedRegex("href=\"([^\"]*/preferences/[^\"]+)\"")]
    private static partial Regex Preferences();
}
