"""every message once"""

import sqlalchemy as sa
from alembic import op

import dondoc.store.types
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('delivery_report',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('relay', sa.String(length=40), nullable=False),
    sa.Column('provider_id', sa.String(length=100), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('detail', sa.String(length=400), nullable=True),
    sa.Column('at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('applied_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery_report')),
    sa.UniqueConstraint('relay', 'provider_id', 'state', name=op.f('uq_delivery_report_relay_provider_id_state'))
    )
    op.create_table('finding',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('detail', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('first_seen', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('last_seen', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('cleared_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding'))
    )
    with op.batch_alter_table('finding', schema=None) as batch_op:
        batch_op.create_index('ix_finding_open', ['kind', 'subject'], unique=True, sqlite_where=sa.text('cleared_at IS NULL'), postgresql_where=sa.text('cleared_at IS NULL'))

    op.create_table('guard_stop',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('forecast', sa.Integer(), nullable=True),
    sa.Column('found', sa.Integer(), nullable=True),
    sa.Column('detail', sa.String(length=400), nullable=False),
    sa.Column('stopped_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('released_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('released_by', sa.String(length=200), nullable=True),
    sa.CheckConstraint("kind IN ('volume', 'clock', 'restored')", name=op.f('ck_guard_stop_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guard_stop'))
    )
    with op.batch_alter_table('guard_stop', schema=None) as batch_op:
        batch_op.create_index('ix_guard_stop_open', ['kind'], unique=True, sqlite_where=sa.text('released_at IS NULL'), postgresql_where=sa.text('released_at IS NULL'))

    op.create_table('heartbeat',
    sa.Column('process', sa.String(length=80), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('wall_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('monotonic', sa.Float(), nullable=False),
    sa.Column('boot', sa.String(length=40), nullable=False),
    sa.Column('seen_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('process', name=op.f('pk_heartbeat'))
    )
    op.create_table('message_form',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('parameters', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_message_form'))
    )
    op.create_table('template_set',
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('sources', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_template_set'))
    )
    op.create_table('relay_trip',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('relay', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('tripped_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('reset_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('reset_by', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_relay_trip'))
    )
    with op.batch_alter_table('relay_trip', schema=None) as batch_op:
        batch_op.create_index('ix_relay_trip_open', ['relay'], unique=True, sqlite_where=sa.text('reset_at IS NULL'), postgresql_where=sa.text('reset_at IS NULL'))

    op.create_table('sent_before',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('campaign', sa.String(length=80), nullable=False),
    sa.Column('duty', sa.String(length=80), nullable=False),
    sa.Column('period', sa.String(length=20), nullable=False),
    sa.Column('unit_code', sa.String(length=60), nullable=False),
    sa.Column('rung', sa.String(length=60), nullable=False),
    sa.Column('due_key', sa.String(length=10), nullable=False),
    sa.Column('recipient', sa.String(length=60), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('header_id', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('accepted_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('settled_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sent_before')),
    sa.UniqueConstraint('campaign', 'duty', 'period', 'unit_code', 'rung', 'due_key', 'recipient', 'mode', name=op.f('uq_sent_before_campaign_duty_period_unit_code_rung_due_key_recipient_mode'))
    )
    with op.batch_alter_table('sent_before', schema=None) as batch_op:
        batch_op.create_index('ix_sent_before_open', ['id'], unique=False, sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))

    op.create_table('sms_template',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('gateway', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('provider_ref', sa.String(length=80), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('slots', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('brandname', sa.String(length=11), nullable=False),
    sa.Column('approved_on', sa.Date(), nullable=False),
    sa.Column('entered_by', sa.String(length=200), nullable=False),
    sa.Column('retired_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_template'))
    )
    with op.batch_alter_table('sms_template', schema=None) as batch_op:
        batch_op.create_index('ix_sms_template_open', ['gateway', 'kind'], unique=True, sqlite_where=sa.text('retired_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL'))

    op.create_table('pause',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('campaign_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('channel', sa.String(length=10), nullable=True),
    sa.Column('officer', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('paused_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('resumed_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('resumed_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_pause_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pause'))
    )
    with op.batch_alter_table('pause', schema=None) as batch_op:
        batch_op.create_index('ix_pause_open', ['id'], unique=False, sqlite_where=sa.text('resumed_at IS NULL'), postgresql_where=sa.text('resumed_at IS NULL'))

    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('relay', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('provider_id', sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column('delivered_at', dondoc.store.types.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('segments', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('cost', sa.Integer(), nullable=True))
        batch_op.create_index('ix_message_provider', ['provider_id'], unique=False, sqlite_where=sa.text('provider_id IS NOT NULL'), postgresql_where=sa.text('provider_id IS NOT NULL'))

    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_aside', ['step_id'], unique=False, sqlite_where=sa.text("reason IN ('suppressed', 'not-reconciled') AND state IN ('queued', 'failed', 'withdrawn')"), postgresql_where=sa.text("reason IN ('suppressed', 'not-reconciled') AND state IN ('queued', 'failed', 'withdrawn')"))

    with op.batch_alter_table('step', schema=None) as batch_op:
        batch_op.add_column(sa.Column('channel', sa.String(length=10), server_default='email', nullable=False))

    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mobile_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))

    with op.batch_alter_table('suppression', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lifted_by', sa.String(length=200), nullable=True))
