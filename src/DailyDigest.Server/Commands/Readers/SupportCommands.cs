using System.CommandLine;
using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Verbs for a reader who calls: <c>subscribers add</c>, <c>resend</c>, <c>wake</c> and <c>unsubscribe</c>. They follow the rules of the
/// readers' pages: nobody is subscribed without their own confirmation.
/// </summary>
internal static class SupportCommands
{
    private const string Queued = "A confirmation mail is queued; the serving program sends it. The reader is subscribed after confirming.";

    /// <summary>A verb for one reader. Ends with 1 if there is no such reader.</summary>
    public static Command Of(
        Terminal terminal, string verb, string description, Func<IServiceProvider, Subscriber, CancellationToken, Task<int>> work)
    {
        var reader = Inputs.Reader();
        var command = new Command(verb, description) { reader };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            async (app, stop) => await parsed.GetRequiredValue(reader).ReadAsync(app.Services, terminal, stop) is { } person
                ? await work(app.Services, person, stop) : 1,
            cancellationToken));
        return command;
    }

    public static Command Unsubscribe(Terminal terminal) => Of(
        terminal, "unsubscribe", "End a reader's subscription. Their data stays; erase deletes it.",
        async (services, person, stop) =>
        {
            if (person.Status is not (SubscriberStatus.Active or SubscriberStatus.Pending) && person.SignUp is null)
            {
                await terminal.ErrorAsync($"The reader is not subscribed ({Format.Name(person.Status)}).");
                return 1;
            }

            await services.GetRequiredService<Unsubscribe>().ExecuteAsync(person.Id, stop);
            await services.AuditAsync("reader.unsubscribe", person.Id, Format.Name(person.Status), null, stop);
            await terminal.LineAsync("Unsubscribed.");
            return 0;
        });

    public static Command Wake(Terminal terminal) => Of(
        terminal, "wake", "Send the digest again to a reader who rests, because several were refused in a row.",
        async (services, person, stop) =>
        {
            if (person.Rest is not { IsEnded: false } rest || !await services.GetRequiredService<EndRest>().ExecuteAsync(person.Id, stop))
            {
                await terminal.ErrorAsync($"The reader does not rest ({Format.Name(person.Status)}).");
                return 1;
            }

            await services.AuditAsync("reader.wake", person.Id, $"rests until {rest.Until.Text()}", null, stop);
            await terminal.LineAsync("The digest is sent again.");
            return 0;
        });

    public static Command Resend(Terminal terminal) => Of(
        terminal, "resend", "Send the confirmation mail of a waiting sign-up again.",
        async (services, person, stop) =>
        {
            if (!await services.GetRequiredService<ResendConfirmation>().ExecuteAsync(person.Id, stop))
            {
                await terminal.ErrorAsync($"No sign-up of this reader waits for a confirmation ({Format.Name(person.Status)}).");
                return 1;
            }

            await services.AuditAsync("reader.resend", person.Id, null, null, stop);
            await terminal.LineAsync(Queued);
            return 0;
        });

    public static Command Add(Terminal terminal)
    {
        var address = Inputs.Address();
        var choices = new ChoiceOptions();
        var command = new Command("add", "Sign a reader up. They get a mail, and are subscribed after they confirm.")
        {
            address, choices.Zone, choices.Hour, choices.Rhythm, choices.Language, choices.Sections,
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            async (app, stop) =>
            {
                var publication = app.Services.GetRequiredService<Publication>();
                var sections = choices.SectionsOf(parsed);
                var unknown = sections?.Except(publication.Sections, StringComparer.OrdinalIgnoreCase).Any() == true
                    ? ChoiceOptions.NoSuchSection([.. publication.Sections]) : null;
                if ((choices.Fault(parsed, publication) ?? unknown) is { } fault)
                {
                    await terminal.ErrorAsync(fault);
                    return 2;
                }

                var wanted = parsed.GetRequiredValue(address);
                var (person, reason) = await app.Services.GetRequiredService<FindSubscriber>().ExecuteAsync(wanted, stop);
                var refusal = reason == Suppression.Blocked ? "The address is blocked."
                    : person?.Status == SubscriberStatus.Active ? "The reader is subscribed already."
                    : person?.SignUp is not null ? "A sign-up waits for its confirmation; subscribers resend sends the mail again."
                    : null;
                if (refusal is not null)
                {
                    await terminal.ErrorAsync(refusal);
                    return 1;
                }

                var (zone, hour, rhythm, language) = choices.Of(parsed);
                await app.Services.GetRequiredService<SignUp>().ExecuteAsync(
                    new SignUpRequest(wanted.Value, "operator", language, zone, hour, rhythm) { Sections = sections }, stop);
                await app.Services.AuditAsync("reader.add", app.Services.GetRequiredService<AddressHash>().Tag(wanted), null, null, stop);
                await terminal.LineAsync(Queued);
                return 0;
            },
            cancellationToken, creates: true));
        return command;
    }
}
