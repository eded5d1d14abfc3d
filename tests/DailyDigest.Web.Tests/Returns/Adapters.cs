using System.Text;
using DailyDigest.Returns;
using DailyDigest.Testing.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>The adapters without the pages around them: what each reads from a request.</summary>
internal sealed class Adapters
{
    private readonly IReadOnlyList<IProviderHook> hooks;

    public Adapters()
    {
        string Setting(string name) => Caller.Settings.Single(one => one.Key == $"Returns:Hooks:{name}").Value;
        var options = new ProviderHookOptions
        {
            SesTopic = Setting("SesTopic"),
            AzureSecret = Setting("AzureSecret"),
            SendGridKey = Setting("SendGridKey"),
            MailgunKey = Setting("MailgunKey"),
            PostmarkSecret = Setting("PostmarkSecret"),
        };
        Pages.Put(Caller.CertificateUrl, 200, Caller.SnsCertificate);
        hooks =
        [
            new SesHook(options, new SnsSignatures(Pages, Time), Pages, NullLogger<SesHook>.Instance), new AzureHook(options),
            new SendGridHook(options, Time), new MailgunHook(options, new MemoryTableStore(Time), Time), new PostmarkHook(options),
        ];
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));

    public StubPages Pages { get; } = new();

    public async Task<HookReading> ReadAsync(Call call)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.QueryString) = (call.Method, new QueryString(call.Query.Length > 0 ? call.Query : null));
        foreach (var (name, value) in call.Headers)
        {
            context.Request.Headers[name] = value;
        }

        return await hooks.Single(hook => hook.Name == call.Provider)
            .ReadAsync(context.Request, Encoding.UTF8.GetBytes(call.Body), TestContext.Current.CancellationToken);
    }

    /// <summary>The events; a test fails if it is refused.</summary>
    public async Task<HookReading.Events> EventsAsync(Call call) => Assert.IsType<HookReading.Events>(await ReadAsync(call));

    /// <summary>The only event.</summary>
    public async Task<ReturnEvent> EventAsync(Call call) => Assert.Single((await EventsAsync(call)).Items);
}
