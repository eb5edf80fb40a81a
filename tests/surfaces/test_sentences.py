"""The sentences of ux E0 stand word for word in both languages: people learn them, help desks read them out."""
import pytest

from essc.kit.i18n import Texts

TEXTS = Texts.load()
E0 = [
    ("err.offline", "当前没有网络。出示二维码、扫码和缴费需要联网。急用时请出示实体社保卡。", "You are offline. Codes, scanning and payment need a network. Show your physical card if urgent."),
    ("err.timeout", "等待时间太长，没有办成。您的资料没有丢失。", "It took too long and was not completed. Nothing you entered is lost."),
    ("err.5xx", "服务暂时出了问题，我们正在处理。请稍后再试。", "The service has a problem and we are fixing it. Please try again later."),
    ("err.session", "为了您的安全，长时间未操作已退出。", "You were signed out after being inactive."),
    ("err.forbidden", "您没有查看此页面的权限。如需开通，请联系本单位管理员。", "You do not have access. Ask your administrator."),
    ("err.404", "没有找到这个页面，可能已下线或地址有误。", "Page not found."),
    ("err.too_many", "操作太频繁，请 {n} 分钟后再试。", "Too many attempts. Try again in {n} minutes."),
    ("pin.wrong", "密码不正确，还可以再试 {n} 次。", "Wrong password. {n} tries left."),
    ("pin.locked", "密码连续输错 {n} 次，已锁定到 {time}。可刷脸重置密码，或到柜台办理。", "{n} wrong tries, locked until {time}. Reset with a face check or at a counter."),
    ("cam.denied", "未获得相机权限。请在手机“设置 › 应用 › 权限”中允许使用相机，或从相册选择图片。", "Camera access was refused. Allow it in Settings, or choose a photo."),
    ("cam.none", "此设备打不开相机，请从相册选择二维码图片。", "No camera available. Choose a photo."),
    ("face.mismatch", "与社保卡照片比对不一致。请在光线均匀处，摘下眼镜、口罩和帽子，正对屏幕再试。",
     "Face does not match the card photo. Use even light, remove glasses, mask or hat, face the screen."),
    ("face.live", "没有检测到规定动作，请按提示慢慢做。", "The requested action was not detected. Follow the prompt slowly."),
    ("face.many", "画面中有多个人，请一个人面对屏幕。", "More than one face in view."),
    ("card.lost", "社保卡已挂失，电子社保卡不能使用。", "Card reported lost; the electronic card cannot be used."),
    ("card.locked", "社保卡已锁定，电子社保卡不能使用。请到发卡地服务网点解锁。", "Card locked. Unlock it at a service point."),
    ("card.sealed", "社保卡已封存，请到服务网点办理。", "Card not activated yet."),
    ("card.not_enabled", "社保卡尚未启用，请先启用实体卡。", "Card not enabled yet."),
    ("card.cancelled", "社保卡已注销，请解除关联。", "Card cancelled. Please unlink."),
    ("card.replaced", "您已换领新卡。请先解除关联，再重新申领电子社保卡。", "You have a new card. Unlink, then apply again."),
]


@pytest.mark.parametrize(("key", "zh", "en"), E0, ids=[key for key, _, _ in E0])
def test_a_shared_sentence_is_said_word_for_word(key, zh, en):
    assert (TEXTS.say("zh-CN", key), TEXTS.say("en", key)) == (zh, en)


COUNTER = [
    ("PASS", "核验通过，请比对照片与本人"), ("EXPIRED", "二维码已过期，请持卡人刷新后再扫"), ("USED", "二维码已使用过，请持卡人刷新"), ("FORGED", "不是有效的电子社保卡二维码"),
    ("CARD_LOST", "社保卡已挂失，不能办理"), ("CARD_LOCKED", "社保卡已锁定，不能办理"), ("CARD_SEALED", "社保卡已封存，不能办理"), ("CARD_CANCELLED", "社保卡已注销，不能办理"),
    ("CARD_REPLACED", "持卡人已换领新卡，请其重新申领电子社保卡"), ("NOT_LINKED", "该电子社保卡已解除关联"), ("NOT_LEVEL2", "持卡人未开通支付结算"),
    ("TERMINAL_DISABLED", "本终端已停用，请联系管理员"), ("NETWORK", "连不上平台，结果未知，请勿办理业务"),
]


@pytest.mark.parametrize(("verdict", "words"), COUNTER, ids=[verdict for verdict, _ in COUNTER])
def test_a_counter_reads_out_the_words_of_the_verdict_table(verdict, words):
    said = "，".join(TEXTS.say("zh-CN", f"counter.verdict.{verdict}.{part}") for part in ("title", "text"))
    assert said.startswith(words)
