using DailyDigest.Digests;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Mailboxes;
using DailyDigest.Mail.Pickup;
using DailyDigest.Mail.Rendering;
using DailyDigest.Mail.Returns;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DailyDigest.Mail;

/// <summary>Registers the mail services.</summary>
public static class MailServices
{
    /// <summary>
    /// Adds the renderers, the transport (the pickup folder when <c>Mail__PickupFolder</c> is set, otherwise SMTP),
    /// <see cref="MailOptions"/>, <see cref="DkimOptions"/> and <see cref="SmtpCheck"/>; with <c>Mailbox__Host</c> the mailbox to which
    /// messages come back (<see cref="MailboxOptions"/>, <see cref="MailboxCheck"/>). <see cref="Publication"/> must be registered as a
    /// singleton. The options are checked at start.
    /// </summary>
    public static IServiceCollection AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        var readsMailbox = configuration["Mailbox:Host"] is { Length: > 0 };
        services.AddSettings<MailOptions>(
            configuration, MailOptions.Section, (options, development) => options.Validate(development, readsMailbox));
        services.AddSettings<DkimOptions>(
            configuration, DkimOptions.Section,
            (options, _) => options.Validate(configuration[$"{MailOptions.Section}:{nameof(MailOptions.From)}"] ?? ""));
        services.AddSettings<MailboxOptions>(
            configuration, MailboxOptions.Section, (options, development) => options.Validate(development));
        if (configuration[$"{MailboxOptions.Section}:{nameof(MailboxOptions.Host)}"] is { Length: > 0 })
        {
            services.AddSingleton<IReturnMailbox>(Mailbox);
        }

        services.AddSingleton(provider => new MailboxCheck(
            provider.GetRequiredService<MailboxOptions>(), provider.GetService<FetchAccessToken>(), TimeProvider.System));
        services.AddSingleton<IValidateOptions<Publication>>(Words.Files);
        services.AddSingleton(provider => new RazorTemplates(provider.GetRequiredService<MailOptions>().TemplatesFolder));
        services.AddSingleton<IDigestRenderer>(provider =>
            new RazorDigestRenderer(provider.GetRequiredService<Publication>(), provider.GetRequiredService<RazorTemplates>()));
        services.AddSingleton<RenderLook>(provider => async (digest, language, look, stop) =>
            (await new RazorDigestRenderer(look, provider.GetRequiredService<RazorTemplates>())
                .RenderAsync(digest, language, [], stop))?.Html);
        services.AddSingleton<INoticeRenderer>(provider =>
            new RazorNoticeRenderer(provider.GetRequiredService<Publication>(), provider.GetRequiredService<RazorTemplates>()));
        services.AddSingleton(provider => Transport(provider, readsMailbox));
        foreach (var one in (Func<MailOptions, string>[])[mail => mail.From, mail => mail.ReplyTo, mail => mail.UnsubscribeAddress])
        {
            // A setting may be "Name <address>".
            services.AddSingleton(provider => new OwnAddress(
                MailOptions.ParseMailbox(one(provider.GetRequiredService<MailOptions>()))?.Address ?? ""));
        }

        services.AddSingleton(provider => new SmtpCheck(
            provider.GetRequiredService<MailOptions>(), identity: provider.GetService<FetchAccessToken>()));
        return services;
    }

    private static ReturnMailbox Mailbox(IServiceProvider provider)
    {
        var mail = provider.GetRequiredService<MailOptions>();
        var addresses = new ReturnAddresses(
            Address(mail.Bounces) ?? Address(mail.From) ?? "returns@localhost", Address(mail.UnsubscribeAddress));
        return new ReturnMailbox(
            provider.GetRequiredService<MailboxOptions>(), addresses, provider.GetRequiredService<LeftReturns>(),
            provider.GetService<FetchAccessToken>(), provider.GetService<TimeProvider>() ?? TimeProvider.System);
    }

    private static string? Address(string setting) => MailOptions.ParseMailbox(setting)?.Address;

    private static IMailTransport Transport(IServiceProvider provider, bool readsMailbox)
    {
        var (options, publication) = (provider.GetRequiredService<MailOptions>(), provider.GetRequiredService<Publication>());
        var signer = MailSigner.Create(provider.GetRequiredService<DkimOptions>(), options);
        // Without a mailbox that is read, a person reads the address and knows no tokens.
        var tokens = readsMailbox ? provider.GetRequiredService<UnsubscribeTokens>() : null;
        return options.PickupFolder.Length > 0
            ? new PickupTransport(options, publication, signer, tokens)
            : new SmtpTransport(options, publication, provider.GetRequiredService<ILogger<SmtpTransport>>(), null, signer,
                provider.GetService<ITableStore>(), provider.GetService<TimeProvider>(), provider.GetService<RelayFaults>(),
                provider.GetService<FetchAccessToken>(), tokens);
    }
}
