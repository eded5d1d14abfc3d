using System.Globalization;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The front page and the targets of its form, also for forms on publishers' pages (docs/sign-up-form.md).</summary>
internal sealed class SignUpEndpoints(
    PageRenderer pages, FrontPageCache front, SecurityHeaders security, AdmitSignUp admit, HumanCheck check, SignUpRush rush,
    LatestDigest latest, ClientNetwork network, SignUpOptions options, IEnumerable<OwnAddress> own)
{
    private const int MaxAnswer = 3;
    private const int MaxWork = 10;
    private const int MaxToken = 100;

    /// <summary>GET /</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var view = pages.View(context);
        var digest = await latest.GetAsync(view.Language, context.RequestAborted);
        context.Response.Headers.ContentSecurityPolicy = security.SignUpPagePolicy;
        await front.WriteAsync(
            context, view, digest, await QuestionAsync(context), question => RenderAsync(view, digest, question, SignUpForm.Empty));
    }

    /// <summary>POST /subscribe, from any page: shows our page with the address filled in and a sum to solve. Changes nothing.</summary>
    public async Task PostFromOtherSiteAsync(HttpContext context)
    {
        var fields = await RequestBody.FormAsync(context.Request);
        var form = SignUpForm.Read(fields, options);
        var fault = EmailFault(form);
        await WriteAsync(
            context, fault is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            pages.View(context, posted: fields.Value("lang")),
            form with { EmailFault = fault, Focus = fields.Value("change") is null ? "answer" : "email" });
    }

    /// <summary>POST /signup: the form of our page.</summary>
    public Task PostAsync(HttpContext context) => PostAsync(context, again: false);

    /// <summary>POST /signup/again: the same form again, from the page after it, for a mail that did not arrive.</summary>
    public Task PostAgainAsync(HttpContext context) => PostAsync(context, again: true);

    private async Task PostAsync(HttpContext context, bool again)
    {
        var fields = await RequestBody.FormAsync(context.Request);
        var view = pages.View(context, posted: fields.Value("lang"));
        var form = SignUpForm.Read(fields, options);
        var (token, answer, work) = (fields.Value("check"), fields.Value("answer"), fields.Value("work"));
        form = form with
        {
            Answer = answer?.Length <= MaxAnswer ? answer : null,
            Work = work?.Length <= MaxWork ? work : null,
        };
        if (!string.IsNullOrEmpty(fields.Value("website")))
        {
            // People do not see this field. The program that filled it in learns nothing from the answer.
            await WriteAcceptedAsync(context, view, form, token, again);
            return;
        }

        if (EmailFault(form) is { } emailFault)
        {
            // Name all faults at once. A sum that is solved is kept.
            var solved = check.Solved(token, answer, work);
            await WriteAsync(context, StatusCodes.Status422UnprocessableEntity, view, form with
            {
                EmailFault = emailFault,
                SumFault = solved is null ? SumFault(AdmitOutcome.WrongAnswer, answer, work) : null,
            }, solved);
            return;
        }

        var admission = await admit.ExecuteAsync(
            new SignUpRequest(
                form.Email, Source(form), view.Language, form.Zone, form.Hour, NetworkHash: network.Hash(context), Again: again),
            SignUpProof.Solved(token, answer, network.Budgets(context), work), context.RequestAborted);
        switch (admission.Outcome)
        {
            case AdmitOutcome.Accepted:
                await WriteAcceptedAsync(context, view, form, token, again);
                return;

            case AdmitOutcome.TooMany:
                SetRetryAfter(context, admission);
                await pages.WriteMessageAsync(context, StatusCodes.Status429TooManyRequests, view, "TooMany", "/digests", "Archive.Nav");
                return;

            default:
                var kept = admission.Outcome == AdmitOutcome.TooFast ? check.Solved(token, answer, work) : null;
                await WriteAsync(
                    context, StatusCodes.Status422UnprocessableEntity, view,
                    form with { SumFault = SumFault(admission.Outcome, answer, work) }, kept);
                return;
        }
    }

    /// <summary>GET /signup, /signup/again and /subscribe, after a reload: redirects to the form.</summary>
    public Task BackToFormAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = pages.View(context).Link("/");
        return Task.CompletedTask;
    }

    /// <summary>Sets the time of the next try (RFC 9110, 10.2.3).</summary>
    internal static void SetRetryAfter(HttpContext context, Admission admission) =>
        context.Response.Headers.RetryAfter = ((long)admission.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private string? EmailFault(SignUpForm form) => string.IsNullOrWhiteSpace(form.Email) && !form.IsTooLong ? "NoEmail"
        : !EmailAddress.TryParse(form.Email, out var address) ? "Email" : own.Any(one => one.Is(address)) ? "Own" : null;

    // An empty field is named as such, whatever else is wrong with the question; not if the browser worked in its place.
    private static string SumFault(AdmitOutcome outcome, string? answer, string? work) =>
        string.IsNullOrWhiteSpace(answer) && (string.IsNullOrEmpty(work) || outcome == AdmitOutcome.WrongAnswer) ? "Empty" : outcome switch
        {
            AdmitOutcome.WrongAnswer => "Sum",
            AdmitOutcome.Used => "Used",
            AdmitOutcome.TooFast => "Fast",
            AdmitOutcome.Harder => "Harder",
            _ => "Expired",
        };

    private static string Source(SignUpForm form) =>
        form.Return is { } url ? "form: " + new Uri(url).GetLeftPart(UriPartial.Authority) : "page";

    // The page shows the address as typed, so it is the answer itself: a redirect would need the address in a URL or a cookie.
    private Task WriteAcceptedAsync(HttpContext context, View view, SignUpForm form, string? token, bool again)
    {
        if (form.Return is null)
        {
            return pages.WriteAsync<InboxPage>(
                context, StatusCodes.Status200OK, view,
                ("Form", form), ("Check", token?.Length <= MaxToken ? token : null), ("Again", again));
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = form.Return;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    // Shows the solved question with its answer again, or a new question.
    private async Task WriteAsync(
        HttpContext context, int status, View view, SignUpForm form, HumanQuestion? solved = null)
    {
        var digest = await latest.GetAsync(view.Language, context.RequestAborted);
        context.Response.Headers.ContentSecurityPolicy = security.SignUpPagePolicy;
        var question = await QuestionAsync(context, solved);
        var shown = question == solved ? form : form with { Answer = null, Work = null };
        await PageRenderer.WriteHtmlAsync(context, status, await RenderAsync(view, digest, question, shown));
    }

    // A solved question is kept, except an ordinary one when a hard one is needed.
    private async Task<HumanQuestion> QuestionAsync(HttpContext context, HumanQuestion? solved = null)
    {
        var isRush = await rush.IsOnAsync(context.RequestAborted);
        return solved is not null && (solved.IsHard || !isRush) ? solved : check.Create(isRush);
    }

    private Task<string> RenderAsync(View view, Digest? digest, HumanQuestion question, SignUpForm form) =>
        pages.RenderAsync<SignUpPage>(view, ("Question", question), ("Form", form), ("Latest", digest));
}
