using DailyDigest.Delivery;
using DailyDigest.Digests;
using DailyDigest.Mail.Pickup;
using DailyDigest.Mail.Rendering;
using DailyDigest.Mail.Smtp;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail;

/// <summary>Wiring.</summary>
public static class MailServices
{
    /// <summary>
    /// Adds the renderers, the transport (the pickup folder when <c>Mail__PickupFolder</c> is set, otherwise SMTP), <see cref="MailOptions"/>
    /// and <see cref="SmtpCheck"/>. <see cref="Publication"/> must be registered as a singleton. Validates nothing: the head does, at start.
    /// </summary>
    public static IServiceCollection AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        var options = new MailOptions();
        configuration.GetSection(MailOptions.Section).Bind(options);
        services.AddSingleton(options);
        services.AddSingleton(new RazorTemplates(options.TemplatesFolder));
        services.AddSingleton<IDigestRenderer>(provider =>
            new RazorDigestRenderer(provider.GetRequiredService<Publication>(), provider.GetRequiredService<RazorTemplates>()));
        services.AddSingleton<INoticeRenderer>(provider =>
            new RazorNoticeRenderer(provider.GetRequiredService<Publication>(), provider.GetRequiredService<RazorTemplates>()));
        services.AddSingleton<IMailTransport>(provider => options.PickupFolder.Length > 0
            ? new PickupTransport(options, provider.GetRequiredService<Publication>())
            : new SmtpTransport(options, provider.GetRequiredService<Publication>(), provider.GetRequiredService<ILogger<SmtpTransport>>()));
        services.AddSingleton(new SmtpCheck(options));
        return services;
    }
}
