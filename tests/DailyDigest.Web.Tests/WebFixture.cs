using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Feeds;
using DailyDigest.Mail;
using DailyDigest.Hooks;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Selection;
using DailyDigest.App;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace DailyDigest.Web.Tests;

/// <summary>The pages on a real Kestrel on a free port, with tables in memory that record every call.</summary>
public sealed partial class WebFixture : IAsyncDisposable
{
    public const string Key = "a-key-of-at-least-24-characters";
    private readonly WebApplication app;

    private WebFixture(WebApplication app, FakeTimeProvider time, FaultPlan plan)
    {
        (this.app, Time, Plan) = (app, time, plan);
        Client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public FakeTimeProvider Time { get; }

    public FaultPlan Plan { get; }

    public HttpClient Client { get; }

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static async Task<WebFixture> StartAsync(Action<Publication>? change = null, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { EnvironmentName = settings.FirstOrDefault(setting => setting.Key == "Environment").Value });
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
        var plan = new FaultPlan();
        var publication = new Publication
        {
            Name = "The Harbour Gazette",
            Tagline = "News from the waterfront since 1887",
            BaseUrl = "http://localhost",
            TimeZone = "Europe/Paris",
            Languages = ["en", "ar"],
            PostalAddress = "1 Quay Street, 13002 Marseille, France",
        };
        change?.Invoke(publication);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Api:Keys"] = "another-key-that-is-24-characters," + Key,
            ["Links:Keys"] = "c2l0ZS1saW5rcy1rZXktMDEyMzQ1Njc4OTAxMjM0NTY3ODk=",
            ["Identity:Key"] = "c2l0ZS1hZGRyZXNzLWtleS0wMTIzNDU2Nzg5MDEyMzQ1Njc=",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var lines = new List<string>();
        builder.Logging.ClearProviders().AddProvider(new Lines(lines)).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton<TimeProvider>(time).AddSingleton(publication);
        builder.Services.AddSingleton<ITableStore>(new FaultTableStore(new MemoryTableStore(time), plan));
        builder.Services.AddSingleton(Mock.Of<IHookSender>(sender =>
            sender.SendAsync(It.IsAny<HookRequest>(), It.IsAny<CancellationToken>()) == Task.FromResult(new HookAnswer(204, null))));
        builder.Services.AddSingleton<IQueueStore>(new FaultQueueStore(new MemoryQueueStore(time), plan));
        builder.Services.AddSingleton(Mock.Of<INoticeRenderer>()).AddSingleton(Mock.Of<IMailTransport>());
        builder.Services.AddSingleton(_ => Renderer(publication));

        // A password is hashed in each test with a person: quickly.
        builder.Services.Configure<PasswordHasherOptions>(options => options.IterationCount = 100);
        foreach (var (_, own) in settings.Where(setting => setting.Key == "Test:Own"))
        {
            builder.Services.AddSingleton(new OwnAddress(own));
        }

        foreach (var (_, report) in settings.Where(setting => setting.Key == "Test:Doctor"))
        {
            builder.Services.AddSingleton(Doctor(report, time));
        }

        foreach (var (_, name) in settings.Where(setting => setting.Key == "Test:Mailbox"))
        {
            builder.Services.AddSingleton(Mock.Of<IReturnMailbox>(mailbox => mailbox.Id == "1" && mailbox.Name == name));
        }

        builder.Services.AddSingleton(provider => LoopbackOnly(provider.GetRequiredService<FeedsOptions>()));
        builder.Services.AddSingleton<StubPages>().AddSingleton<IProviderPages>(provider => provider.GetRequiredService<StubPages>());
        builder.Services.AddDailyDigest(builder.Configuration).AddFeeds(builder.Configuration).AddWeb(builder.Configuration);

        // The publication is the object above, not the section of the settings, which the start would refuse as empty.
        builder.Services.RemoveAll<IValidateOptions<Publication>>();

        // In Development the container checks all services at the start. The core's delivery lacks its adapters here; scopes are still
        // checked.
        builder.Host.UseDefaultServiceProvider((context, options) =>
            (options.ValidateScopes, options.ValidateOnBuild) = (context.HostingEnvironment.IsDevelopment(), false));
        var app = builder.Build();

        // As in the Functions head: routing and endpoints only, without the middleware that a server's host adds.
        var pipeline = new ApplicationBuilder(app.Services);
        pipeline.UseWeb();
        pipeline.UseRouting();
        pipeline.UseEndpoints(routes => routes.MapWeb());
        var handle = pipeline.Build();
        app.Run(context =>
        {
            context.SetEndpoint(null);
            return handle(context);
        });
        await app.StartAsync();

        // The start writes the first key of the desk's cookies.
        plan.Restart();
        var site = new WebFixture(app, time, plan);
        (site.lines, site.handle) = (lines, handle);
        return site;
    }

    // The real one, with the templates that are sent.
    private static IDigestRenderer Renderer(Publication publication) => new ServiceCollection().AddSingleton(publication)
        .AddMail(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["Mail:PickupFolder"] = "none", ["Mail:From"] = "digest@example.com" }).Build())
        .BuildServiceProvider().GetRequiredService<IDigestRenderer>();

    /// <summary>All log lines so far.</summary>
    public string Logged
    {
        get
        {
            // Background work may still write lines.
            lock (lines)
            {
                return string.Join('\n', lines);
            }
        }
    }

    public async Task<string> PageAsync(string path, string? language = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (language is not null)
        {
            request.Headers.Add("Accept-Language", language);
        }

        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
        Client.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
            TestContext.Current.CancellationToken);

    /// <summary>Solves the sum on the front page and posts the form.</summary>
    public async Task<HttpResponseMessage> SignUpAsync(string email, params (string Name, string Value)[] further)
    {
        var (token, sum) = await SumAsync();
        return await PostAsync("/signup", [("email", email), ("check", token), ("answer", sum), .. further]);
    }

    public async Task<(string Token, string Sum)> SumAsync()
    {
        var page = await PageAsync("/");
        var match = Sum().Match(page);
        Time.Advance(TimeSpan.FromSeconds(5));
        return (Token().Match(page).Groups[1].Value, $"{match.Groups[1].Value[0] - '0' + match.Groups[2].Value[0] - '0'}");
    }

    public async Task<Subscriber> SubscribedAsync(string address = "reader@example.com")
    {
        await Get<SignUp>().ExecuteAsync(new SignUpRequest(address, "page"), CancellationToken.None);
        var person = await FindAsync(address);
        await Get<ConfirmSignUp>().ExecuteAsync(person.Id, CancellationToken.None);
        return (await Get<SubscriberStore>().GetAsync(person.Id, CancellationToken.None))!.Subscriber;
    }

    /// <summary>Moves the subscriber to the address, which confirms it.</summary>
    public async Task<Subscriber> MovedAsync(Subscriber person, string address)
    {
        await Get<AskNewAddress>().ExecuteAsync(person.Id, address, CancellationToken.None);
        await Get<ConfirmNewAddress>().ExecuteAsync(
            person.Id, Get<AddressHash>().Tag(Address(address)), new ConsentPage("new address page", "en", null), CancellationToken.None);
        return (await Get<SubscriberStore>().GetAsync(person.Id, CancellationToken.None))!.Subscriber;
    }

    /// <summary>The path of a link that was mailed to the owner of the address.</summary>
    public string Mailed(LinkPurpose purpose, Subscriber person) =>
        Path(Get<ReaderLinks>().Mailed(purpose, person.Id, person.Version));

    public async Task<Subscriber> FindAsync(string address) =>
        (await Get<FindSubscriber>().ExecuteAsync(Address(address), CancellationToken.None)).Subscriber!;

    public static EmailAddress Address(string text) =>
        EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    public async Task<SubscriberStatus?> StatusAsync(string id) =>
        (await Get<SubscriberStore>().GetAsync(id, CancellationToken.None))?.Subscriber.Status;

    public static string Path(string url) => new Uri(url).AbsolutePath;

    /// <summary>A digest of the cohort, by default the home cohort, with its mail.</summary>
    public async Task<Digest> DigestAsync(DateOnly date, string? lead = null, Cohort? cohort = null)
    {
        string[] titles =
        [
            lead ?? "Tide gauges tell of the highest spring flood in forty years",
            "The last sail loft on the quay opens its doors for a night",
            "Why the ferry is late: a week with the pilots",
            "Council votes to keep the fish market where it is",
            "What my grandmother's logbook says about the weather",
        ];
        var digest = new Digest
        {
            Date = date,
            Cohort = (cohort ?? new Cohort("Europe/Paris", 7, Rhythm.Daily)).Key,
            FrozenAt = Time.GetUtcNow(),
            Items = [.. titles.Select((title, index) => new DigestItem(
                new Story
                {
                    Id = new string((char)('a' + index), 32),
                    Kind = index < 3 ? StoryKind.Article : StoryKind.BlogPost,
                    Url = $"https://gazette.example.com/{index}?a=1&b=2",
                    Title = title,
                    Byline = index % 2 == 0 ? "Lina Haddad" : null,
                    Section = index < 3 ? "Harbour" : null,
                    Source = "front-page",
                    Published = Time.GetUtcNow().AddHours(-index),
                    FirstSeen = Time.GetUtcNow(),
                },
                "cluster" + index, 9.5 - index, ["1,200 views: 7.1", "published 3 hours ago: × 0.92", "<b>not markup</b>"], index == 0
                    ? ["wire"] : []))],
            PassedOver = [new PassedOver("x", "A ship came in", 1.25, "the section Harbour has its three already")],
        };
        await Get<DigestStore>().FreezeAsync(digest, CancellationToken.None);
        await Get<VariantStore>().KeepAsync(date, digest.Cohort, new Variant
        {
            Language = "en",
            Sections = [],
            Subject = titles[0],
            Html = "<!DOCTYPE html><html lang=\"en\"><body><h1>As sent</h1>"
                + $"<a href=\"{Slots.Unsubscribe}\">leave</a> <a href=\"{Slots.Preferences}\">choose</a></body></html>",
            Text = "As sent",
            Body = [1],
        }, CancellationToken.None);
        return digest;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }

    private List<string> lines = [];
    private RequestDelegate handle = null!;

    [GeneratedRegex("""<span class="sum"[^>]*>(\d) (?:\+|&#x2B;) (\d) =""")]
    private static partial Regex Sum();

    [GeneratedRegex("""name="check" value="([^"]+)""")]
    private static partial Regex Token();

    [GeneratedRegex("name=\"answer\" value=\"\\d*\"")]
    private static partial Regex Solved();

    private sealed class Lines(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
            {
                lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
