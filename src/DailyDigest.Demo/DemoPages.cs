using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Demo.Pages;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using MimeKit;

namespace DailyDigest.Demo;

/// <summary>
/// The demonstration's pages, feeds and pictures, below /demo. They exist only where <see cref="DemoSettings"/> added the demonstration.
/// </summary>
public static class DemoPages
{
    private const string Policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors "
            + "'self'";

    // A mail may show its own styles and pictures. It may not run scripts, submit forms or reach this page.
    private const string MailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src "
        + "'unsafe-inline'; img-src *; frame-ancestors 'self'";

    /// <summary>The path of a picture.</summary>
    internal static string Picture(string name) => $"/demo/images/{name}.png";

    /// <summary>The receiver of the sample web hook: it takes everything and keeps nothing.</summary>
    internal const string HookPath = "/demo/hook";

    /// <summary>The address that makes a browser of this machine the desk's owner.</summary>
    internal static string Desk(Publication publication, string token) => $"{publication.BaseUrl}/demo/desk/{token}";

    /// <summary>The address of a mail's page.</summary>
    internal static string Mail(Publication publication, string file) => $"{publication.BaseUrl}/demo/outbox/{Uri.EscapeDataString(file)}";

    /// <summary>Makes the two weeks before the first start, if the demonstration was added and has no database yet.</summary>
    public static Task MakeHistoryAsync(this WebApplication app, CancellationToken cancellationToken) =>
        app.Services.GetService<DemoEditions>() is null ? Task.CompletedTask : MakeHistory.ExecuteAsync(app.Services, cancellationToken);

    /// <summary>Maps the pages if the demonstration was added; nothing otherwise.</summary>
    /// <param name="app">The program.</param>
    /// <param name="signIn">Begins a session of the desk.</param>
    public static void MapDemo(this WebApplication app, Func<HttpContext, Account, Task> signIn)
    {
        if (app.Services.GetService<DemoEditions>() is not { } editions)
        {
            return;
        }

        if (app.Services.GetService<FirstPoll>() is not null)
        {
            // Written at once: the start takes a few seconds, and a silent terminal looks like a failure.
            var console = app.Services.GetRequiredService<DemoConsole>().Out;
            console.WriteLine();
            console.WriteLine(
                "  No publication is configured, so this is a demonstration: sample stories, sample readers, mail in a folder.");
        }

        var (publication, outbox, day) =
            (app.Services.GetRequiredService<Publication>(), app.Services.GetRequiredService<DemoOutbox>(),
                app.Services.GetRequiredService<DemoDay>());
        var pictures = app.Services.GetRequiredService<DemoPictures>();
        var demo = app.MapGroup("/demo");
        Get(demo, "", async (HttpContext context) =>
            await WriteAsync<IndexPage>(context, ("Publication", publication), ("Days", await day.ExecuteAsync(context.RequestAborted))));
        Get(demo, "demo.css", async (HttpContext context) =>
        {
            context.Response.ContentType = MediaTypeNames.Text.Css;
            await using var file = DemoFiles.Open("demo.css");
            await file.CopyToAsync(context.Response.Body, context.RequestAborted);
        });
        foreach (var feed in DemoFeed.All)
        {
            Get(app, feed.Path, async (HttpContext context) =>
            {
                var edition = await editions.TodayAsync(context.RequestAborted);
                var isLate = await editions.IsLateAsync(edition.Date, context.RequestAborted);
                await WriteAsync(context, feed.Write([.. edition.Of(feed.Source, isLate)], publication.BaseUrl), feed.ContentType);
            });
        }

        Get(app, DemoFeed.BrokenPath, (HttpContext context) => AnswerAsync(context, StatusCodes.Status503ServiceUnavailable));
        app.MapPost(HookPath, (HttpContext context) => AnswerAsync(context, StatusCodes.Status204NoContent));
        var owner = app.Services.GetRequiredService<DemoOwner>();
        Get(demo, "desk/{token}", (HttpContext context, string token) => OpenDeskAsync(context, publication, owner, token, signIn));
        Get(demo, "images/{name}.png", (HttpContext context, string name) =>
            pictures.Find(name) is { } picture ? WriteAsync(context, picture, MediaTypeNames.Image.Png) : LostAsync(context));
        Get(demo, "stories/{date}/{slug}", async (HttpContext context, string date, string slug) =>
        {
            var edition = LocalDates.TryParse(date, out var day) ? await editions.FindAsync(day, context.RequestAborted) : null;
            await (edition?.Stories.Concat(edition.Late).FirstOrDefault(story => story.Item.Slug == slug) is { } story
                ? WriteAsync<Pages.StoryPage>(context, ("Publication", publication), ("Story", story))
                : LostAsync(context));
        });
        Get(demo, "outbox", async (HttpContext context) =>
            await WriteAsync<OutboxPage>(
                context, ("Publication", publication), ("Folder", outbox.Folder),
                ("Mails", await outbox.ListAsync(context.RequestAborted))));
        Get(demo, "outbox/{file}", (HttpContext context, string file) => WriteMailAsync(context, publication, outbox, file, "html"));
        Get(demo, "outbox/{file}/{view:regex(^(text|headers|page)$)}", (HttpContext context, string file, string view) =>
            WriteMailAsync(context, publication, outbox, file, view));
        Get(demo, "why", async (HttpContext context) => await WriteAsync<WhyPage>(
            context,
            ("Publication", publication),
            ("Days", await day.ExecuteAsync(context.RequestAborted)),
            ("Sources", await day.SourcesAsync(context.RequestAborted)),
            ("Wanted", context.Request.Query["cohort"].ToString())));
    }

    // Only for a browser on this machine that knows the token of this process. It changes nothing: the account is there.
    private static async Task OpenDeskAsync(
        HttpContext context, Publication publication, DemoOwner owner, string token, Func<HttpContext, Account, Task> signIn)
    {
        if (await owner.FindAsync(context, token, context.RequestAborted) is not { } account)
        {
            await LostAsync(context);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        await signIn(context, account);
        context.Response.Redirect(publication.BaseUrl + "/desk");
    }

    private static Task AnswerAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static void Get(IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], handler);

    private static async Task WriteMailAsync(HttpContext context, Publication publication, DemoOutbox outbox, string file, string view)
    {
        using var mail = await outbox.FindAsync(file, context.RequestAborted);
        if (mail is null)
        {
            await LostAsync(context);
            return;
        }

        if (view != "page")
        {
            await WriteAsync<MailPage>(context, ("Publication", publication), ("File", file), ("Mail", mail), ("Show", view));
            return;
        }

        // Links open in a new window: our pages refuse to be shown in a frame.
        var html = new MimeKit.Text.HtmlToHtml
        {
            HtmlTagCallback = (tag, writer) =>
            {
                tag.WriteTag(writer, true);
                if (tag.TagId == MimeKit.Text.HtmlTagId.A && !tag.IsEndTag)
                {
                    writer.WriteAttribute(MimeKit.Text.HtmlAttributeId.Target, "_blank");
                    writer.WriteAttribute("rel", "noopener");
                }
            },
        }.Convert(mail.HtmlBody ?? "");
        context.Response.Headers.ContentSecurityPolicy = MailPolicy;
        context.Response.Headers.XFrameOptions = "SAMEORIGIN";
        await WriteAsync(context, Encoding.UTF8.GetBytes(html), "text/html; charset=utf-8");
    }

    private static Task LostAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return WriteAsync<LostPage>(context, ("Publication", context.RequestServices.GetRequiredService<Publication>()));
    }

    private static async Task WriteAsync<TPage>(
        HttpContext context, params (string Name, object? Value)[] parameters) where TPage : IComponent
    {
        var services = context.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var values = ParameterView.FromDictionary(parameters.ToDictionary(pair => pair.Name, pair => pair.Value));
        var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<TPage>(values)).ToHtmlString());
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(html, context.RequestAborted);
    }

    // With an ETag, so that polls are answered "not modified".
    private static async Task WriteAsync(HttpContext context, byte[] body, string contentType)
    {
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 12))}\"");
        context.Response.GetTypedHeaders().ETag = tag;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
