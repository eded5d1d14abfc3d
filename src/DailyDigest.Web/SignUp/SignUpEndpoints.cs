using System.Globalization;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The front page and the targets of its form, also for forms on publishers' pages (docs/sign-up-form.md).</summary>
internal sealed class SignUpEndpoints(
    PageRenderer pages, FrontPageCache front, SecurityHeaders security, AdmitSignUp admit, HumanCheck check, LatestDigest latest,
    ClientNetwork network, SignUpOptions options)
{
    /// <summary>GET /</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var (view, digest) = (pages.View(context), await latest.GetAsync(context.RequestAborted));
        context.Response.Headers.ContentSecurityPolicy = security.SignUpPagePolicy;
        await front.WriteAsync(
            context, view, digest, check.Create(), question => RenderAsync(view, digest, question, SignUpForm.Empty, null));
    }

    /// <summary>POST /subscribe, from any page: shows our page with the address filled in and a sum to solve. Changes nothing.</summary>
    public async Task PostFromOtherSiteAsync(HttpContext context)
    {
        var fields = await RequestBody.FormAsync(context.Request);
        var form = SignUpForm.Read(fields, options);
        var isAddress = EmailAddress.TryParse(form.Email, out _);
        await WriteAsync(
            context, isAddress ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            pages.View(context, posted: fields.Value("lang")), form, isAddress ? null : "Email");
    }

    /// <summary>POST /signup</summary>
    public async Task PostAsync(HttpContext context)
    {
        var fields = await RequestBody.FormAsync(context.Request);
        var view = pages.View(context, posted: fields.Value("lang"));
        var form = SignUpForm.Read(fields, options);
        if (!string.IsNullOrEmpty(fields.Value("website")))
        {
            // People do not see this field. The program that filled it in learns nothing from the answer.
            RedirectAccepted(context, view, form);
            return;
        }

        var admission = await admit.ExecuteAsync(
            new SignUpRequest(form.Email, Source(form), view.Language, form.Zone, form.Hour, NetworkHash: network.Hash(context)),
            SignUpProof.Solved(fields.Value("check"), fields.Value("answer"), network.Budget(context)), context.RequestAborted);
        switch (admission.Outcome)
        {
            case AdmitOutcome.Accepted:
                RedirectAccepted(context, view, form);
                return;

            case AdmitOutcome.TooMany:
                SetRetryAfter(context, admission);
                await pages.WriteMessageAsync(context, StatusCodes.Status429TooManyRequests, view, "TooMany", "/digests", "Archive.Nav");
                return;

            default:
                var fault = admission.Outcome switch
                {
                    AdmitOutcome.NotAnAddress => "Email",
                    AdmitOutcome.WrongAnswer => string.IsNullOrWhiteSpace(fields.Value("answer")) ? "Empty" : "Sum",
                    _ => "Expired",
                };
                await WriteAsync(context, StatusCodes.Status422UnprocessableEntity, view, form, fault);
                return;
        }
    }

    /// <summary>GET /check-your-inbox</summary>
    public Task CheckInboxAsync(HttpContext context) =>
        pages.WriteMessageAsync(context, StatusCodes.Status200OK, pages.View(context), "Inbox", "/digests", "Archive.Nav");

    /// <summary>GET /signup and /subscribe, after a reload: redirects to the form.</summary>
    public Task BackToFormAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = pages.View(context).Link("/");
        return Task.CompletedTask;
    }

    /// <summary>Sets the time of the next try (RFC 9110, 10.2.3).</summary>
    internal static void SetRetryAfter(HttpContext context, Admission admission) =>
        context.Response.Headers.RetryAfter = ((long)admission.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static string Source(SignUpForm form) =>
        form.Return is { } url ? "form: " + new Uri(url).GetLeftPart(UriPartial.Authority) : "page";

    private static void RedirectAccepted(HttpContext context, View view, SignUpForm form)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = form.Return ?? view.Link("/check-your-inbox");
        context.Response.ContentLength = 0;
    }

    private async Task WriteAsync(HttpContext context, int status, View view, SignUpForm form, string? fault)
    {
        var digest = await latest.GetAsync(context.RequestAborted);
        context.Response.Headers.ContentSecurityPolicy = security.SignUpPagePolicy;
        await PageRenderer.WriteHtmlAsync(context, status, await RenderAsync(view, digest, check.Create(), form, fault));
    }

    private Task<string> RenderAsync(View view, Digest? digest, HumanQuestion question, SignUpForm form, string? fault) =>
        pages.RenderAsync<SignUpPage>(view, ("Question", question), ("Form", form), ("Fault", fault), ("Latest", digest));
}
