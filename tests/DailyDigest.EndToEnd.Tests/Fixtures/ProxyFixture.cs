using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>The server as an operator starts it behind a proxy, with nginx and Caddy in front and a mail server behind.</summary>
public sealed partial class ProxyFixture : IAsyncLifetime
{
    private readonly Dictionary<string, Proxy> proxies = [];
    private SmtpRecorder? smtp;
    private PublicationFixture? publication;
    private ServerProcess? server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The address of the server itself.</summary>
    public Uri Server { get; private set; } = new("http://127.0.0.1");

    /// <summary>The log of the server.</summary>
    public string ServerLog => server!.Output;

    public async ValueTask InitializeAsync()
    {
        if (SmtpRecorder.WhyNot is not null)
        {
            return;
        }

        smtp = await SmtpRecorder.StartAsync(new SmtpOptions(), Cancellation);
        publication = new PublicationFixture(smtp.Port);
        publication.Settings["Web__Proxies"] = "127.0.0.1";
        publication.Settings["SignUp__MinimumSeconds"] = "0";
        publication.Settings["SignUp__PerNetworkPerHour"] = "2";
        publication.Settings["Returns__Hooks__PostmarkSecret"] = "a-secret-of-postmark-0123456789";
        publication.Settings["Api__Keys__0__Name"] = "prometheus";
        publication.Settings["Api__Keys__0__Scope"] = "metrics";
        publication.Settings["Api__Keys__0__Key"] = WatchFixture.Key;
        await publication.SeedAsync(1, Cancellation);
        server = ServerProcess.Start(publication.Folder, publication.Settings, "serve");
        Server = await server.AddressAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in proxies.Values)
        {
            await proxy.DisposeAsync();
        }

        await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (smtp?.DisposeAsync() ?? ValueTask.CompletedTask);
        publication?.Dispose();
    }

    /// <summary>The proxy of this name, which is started when it is first asked for.</summary>
    internal async Task<Proxy> ProxyAsync(string name)
    {
        TestServices.Require("smtp-server");
        if (!proxies.TryGetValue(name, out var proxy))
        {
            proxy = name == "nginx" ? new NginxProxy() : new CaddyProxy();
            try
            {
                await proxy.StartAsync(Server, Cancellation);
            }
            catch
            {
                await proxy.DisposeAsync();
                throw;
            }

            proxies[name] = proxy;
        }

        return proxy;
    }

    /// <summary>Gets the sign-up page and posts its form.</summary>
    internal static async Task<HttpResponseMessage> SignUpAsync(HttpClient client, string email, string? forwardedFor = null)
    {
        var page = await client.GetStringAsync("/", Cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/signup");
        request.Content = new FormUrlEncodedContent(
        [
            KeyValuePair.Create("email", email),
            KeyValuePair.Create("check", Check().Match(page).Groups[1].Value),
            KeyValuePair.Create("answer", ReadersFixture.Sum(WebUtility.HtmlDecode(Sum().Match(page).Groups[1].Value))),
        ]);
        if (forwardedFor is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwardedFor);
            request.Headers.Add("X-Forwarded-Host", "evil.test");
            request.Headers.Add("Forwarded", $"for={forwardedFor};host=evil.test;proto=http");
        }

        return await client.SendAsync(request, Cancellation);
    }

    /// <summary>Waits for the first mail to the address.</summary>
    internal async Task<MimeMessage> MailAsync(string email)
    {
        for (var count = 1; ; count++)
        {
            var mails = await smtp!.WaitForAsync(count, Cancellation);
            if (mails.FirstOrDefault(mail => mail.To.Contains(email, StringComparer.OrdinalIgnoreCase)) is { } mail)
            {
                return MimeMessage.Load(new MemoryStream(mail.Raw));
            }
        }
    }

    /// <summary>The status of the reader who was seeded.</summary>
    internal async Task<SubscriberStatus> StatusOfSeededAsync()
    {
        using var database = await publication!.OpenAsync(Cancellation);
        var tables = new Sqlite.SqliteTableStore(database, TimeProvider.System);
        var counts = new ReaderCounts(tables, new Settings.Publication { TimeZone = "Etc/UTC" }, TimeProvider.System);
        return (await new SubscriberStore(tables, counts).GetAsync(PublicationFixture.ReaderId(0), Cancellation))!.Subscriber.Status;
    }

    /// <summary>The link of the first owner, as the server shows it at its first start.</summary>
    internal async Task<string> WelcomeLinkAsync() => (await server!.LineAsync("/desk/welcome/", Cancellation)).Trim();

    [GeneratedRegex("name=\"check\" value=\"([^\"]+)\"")]
    private static partial Regex Check();

    [GeneratedRegex("class=\"sum\"[^>]*>([^<]+)<")]
    private static partial Regex Sum();
}
